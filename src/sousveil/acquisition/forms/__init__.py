"""The forms in which a phone's data comes: one module each, found by walking the package. See `sousveil.acquisition.door`."""

"""Reading the exchange formats of others: OCDS packages of contracts, BODS statements of ownership."""

from sousveil.register.exchange.circles import circles
from sousveil.register.exchange.known import Known
from sousveil.register.exchange.model import Package, Said
from sousveil.register.exchange.reading import read_package

__all__ = ["Known", "Package", "Said", "circles", "read_package"]

"""Reading the exchange formats of others: OCDS packages of contracts, BODS statements of ownership."""

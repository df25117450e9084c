"""How the bundled weights are made: prepare the data, train, evaluate. See README.md in this folder."""

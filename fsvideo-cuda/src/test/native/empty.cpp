// A library that has to be there and of which nothing is called.

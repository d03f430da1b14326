"""Numbers that nobody has: the ranges reserved for fiction."""

NUMBER = "+14155550100"
PEER = "+14155550123"

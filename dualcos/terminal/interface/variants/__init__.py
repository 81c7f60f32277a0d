"""Other forms of the interface that makers have: a library that asks the back end, a control, strings for FoxPro."""

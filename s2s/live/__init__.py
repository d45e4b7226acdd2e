"""The live API: functions, classes, modules and models of one framework, converted while the program runs."""

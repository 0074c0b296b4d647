# make(1) reads this file first. Nothing of the system's rules is used, only its compiler.
CC?=	cc

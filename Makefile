# The same verbs as dev.py, for those who type make.
.PHONY: setup demo test check bench package
setup demo test check bench package:
	@python3 dev.py $@ $(ARGS)

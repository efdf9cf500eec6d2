# Everyday commands; ./portal does the work. `make room ROOM=places` tests one room.
ROOM ?= places
PACKAGE := ckanext-ierwohnen/ckanext/ierwohnen

.PHONY: demo test room lint format types translations stop clean tools

demo:            ## install, start and fill a portal
	./portal demo

test:            ## all tests, with real services and a browser
	./portal test

room:            ## the tests of one room
	./portal test $(PACKAGE)/$(ROOM)

tools:           ## ruff, mypy and what else the tests need; a portal alone does without
	@./portal build --test

lint: tools            ## ruff: mistakes and style
	./portal python -m ruff check installer tests conftest.py setup.py ckanext-ierwohnen

format: tools          ## ruff: put imports in order and mend what can be mended
	./portal python -m ruff check --fix installer tests conftest.py setup.py ckanext-ierwohnen

types: tools           ## mypy on the installer and on the code of the field, which is free of CKAN
	./portal python -m mypy --config-file pyproject.toml installer
	./portal python -m mypy --config-file pyproject.toml $(PACKAGE)

translations:    ## gather the texts of one room into its .pot
	./portal python -m babel.messages.frontend -q extract -F babel.cfg -o $(PACKAGE)/$(ROOM)/i18n/ckanext-ierwohnen_$(ROOM).pot $(PACKAGE)/$(ROOM)

stop:            ## stop everything that this checkout started
	./portal stop

clean: stop      ## forget the portal of this checkout, its data included
	./portal remove

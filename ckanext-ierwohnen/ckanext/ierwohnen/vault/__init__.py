"""The protected store of company data: a database of its own. Imports nothing of CKAN but at its edge."""

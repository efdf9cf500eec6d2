"""Tables: reading office tables, the role of each column, publishing into the DataStore."""

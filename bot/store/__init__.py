"""SQL: one .sql file per table family, one repository each; `database.py` owns the connections."""

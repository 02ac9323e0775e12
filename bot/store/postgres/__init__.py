"""The store on PostgreSQL. Only where DROVER_DATABASE_URL asks for it is anything in here imported."""

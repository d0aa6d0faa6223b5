"""Files derived from the code: OpenAPI, AsyncAPI, compose file, schemas and tables of the documents."""

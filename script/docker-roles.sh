#!/bin/sh
# Run once by the postgres image: the application's role owns its database and is no superuser, because a superuser
# could switch the triggers off that guard history.
set -eu
psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -v password="$CIVIC_PASSWORD" <<'SQL'
CREATE ROLE civic LOGIN NOSUPERUSER NOCREATEROLE PASSWORD :'password';
CREATE DATABASE civic OWNER civic;
SQL

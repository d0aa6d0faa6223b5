-- Made by `i247 openapi` from the list of services: change that, not this.
\getenv password I247_DB_GATEWAY_IPSG
CREATE ROLE i247_gateway_ipsg LOGIN PASSWORD :'password';
CREATE DATABASE i247_gateway_ipsg_mailboxes OWNER i247_gateway_ipsg TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_gateway_ipsg_mailboxes FROM PUBLIC;
\getenv password I247_DB_GATEWAY_FR
CREATE ROLE i247_gateway_fr LOGIN PASSWORD :'password';
CREATE DATABASE i247_gateway_fr_mailboxes OWNER i247_gateway_fr TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_gateway_fr_mailboxes FROM PUBLIC;
\getenv password I247_DB_GATEWAY_DE
CREATE ROLE i247_gateway_de LOGIN PASSWORD :'password';
CREATE DATABASE i247_gateway_de_mailboxes OWNER i247_gateway_de TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_gateway_de_mailboxes FROM PUBLIC;
\getenv password I247_DB_GATEWAY_CCF
CREATE ROLE i247_gateway_ccf LOGIN PASSWORD :'password';
CREATE DATABASE i247_gateway_ccf_mailboxes OWNER i247_gateway_ccf TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_gateway_ccf_mailboxes FROM PUBLIC;
\getenv password I247_DB_NOTICES
CREATE ROLE i247_notices LOGIN PASSWORD :'password';
CREATE DATABASE i247_notices OWNER i247_notices TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_notices FROM PUBLIC;
\getenv password I247_DB_FINGERPRINTS
CREATE ROLE i247_fingerprints LOGIN PASSWORD :'password';
CREATE DATABASE i247_fingerprints OWNER i247_fingerprints TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_fingerprints FROM PUBLIC;
\getenv password I247_DB_STOLEN_VEHICLES
CREATE ROLE i247_stolen_vehicles LOGIN PASSWORD :'password';
CREATE DATABASE i247_stolen_vehicles OWNER i247_stolen_vehicles TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_stolen_vehicles FROM PUBLIC;
\getenv password I247_DB_MISSING_PERSONS
CREATE ROLE i247_missing_persons LOGIN PASSWORD :'password';
CREATE DATABASE i247_missing_persons OWNER i247_missing_persons TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_missing_persons FROM PUBLIC;
\getenv password I247_DB_CULTURAL_PROPERTY
CREATE ROLE i247_cultural_property LOGIN PASSWORD :'password';
CREATE DATABASE i247_cultural_property OWNER i247_cultural_property TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE i247_cultural_property FROM PUBLIC;
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

-- Lets the app's and the deployer's logins work in the database. Run by the login that migrated it first, which alone may give its roles away:
--   psql --dbname podium --set app=id-podium-dev --set deployer=podium-dev-deploy --file infra/azure/logins.sql
GRANT podium_app, podium_reader, podium_platform, podium_owner TO :"app" WITH INHERIT TRUE, SET TRUE;
GRANT podium_app, podium_reader, podium_platform, podium_owner TO :"deployer" WITH INHERIT TRUE, SET TRUE;

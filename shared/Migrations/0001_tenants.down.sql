DROP TABLE tenant_hosts, tenants;
DROP PROCEDURE protect, act_as;
DROP FUNCTION current_tenant, current_actor, current_address;

-- Takes the audit log out of the application's hands: a role that nobody can log in as owns it, and the application may
-- only read and add. That needs a role that may create roles, or one that was made a member of plumbline_audit before;
-- otherwise the triggers alone protect the log, and `plumbline audit verify` says so. The database's owner and
-- superusers can still destroy it: the hash chain and the exported heads show that.
-- A later migration that changes this table must take the same detour through SET ROLE.
DO $$
DECLARE
  app NAME := current_user;
  may_create BOOLEAN := (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user);
  -- Before version 16 a member could always become the role.
  membership TEXT := CASE WHEN current_setting('server_version_num')::INT >= 160000 THEN 'SET' ELSE 'MEMBER' END;
  member BOOLEAN;
BEGIN
  -- Roles belong to the whole cluster: another Plumbline may have created it, or be creating it now.
  IF may_create AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'plumbline_audit') THEN
    BEGIN
      CREATE ROLE plumbline_audit NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'plumbline_audit') THEN
    RAISE NOTICE 'audit_event keeps its owner: % may not create roles', app;
    RETURN;
  END IF;
  member := pg_has_role(app, 'plumbline_audit', membership);
  IF NOT member AND membership = 'SET' THEN
    EXECUTE format('GRANT plumbline_audit TO %I WITH INHERIT FALSE, SET TRUE', app);
  ELSIF NOT member THEN
    EXECUTE format('GRANT plumbline_audit TO %I', app);
  END IF;
  EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO plumbline_audit', current_schema());
  ALTER TABLE "audit_event" OWNER TO plumbline_audit;
  ALTER FUNCTION "audit_is_append_only"() OWNER TO plumbline_audit;
  SET LOCAL ROLE plumbline_audit;
  EXECUTE format('GRANT SELECT, INSERT ON "audit_event" TO %I', app);
  EXECUTE format('SET LOCAL ROLE %I', app);
  EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM plumbline_audit', current_schema());
  IF NOT member THEN
    EXECUTE format('REVOKE plumbline_audit FROM %I', app);
  END IF;
EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN
  -- Everything this block did is undone as one.
  RAISE NOTICE 'audit_event keeps its owner: %', SQLERRM;
END $$;

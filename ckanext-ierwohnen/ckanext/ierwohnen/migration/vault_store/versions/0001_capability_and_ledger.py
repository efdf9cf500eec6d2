"""Create the proof by which a transaction may see an organization's rows, and the ledger.

The downgrade refuses while the ledger holds entries: it only grows.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A transaction sees an organization's rows if it shows a capability: claims signed with the key of its login role, and
# bound to this backend and this transaction. Setting the variable alone gives nothing, and a captured value is
# worthless anywhere else. The signature is HMAC-SHA256, made of the two padded keys, so that no extension is needed.
# `see` counts only with the number of an entry that stands in the ledger already: no reading without an entry.
CAPABILITY = """
CREATE TABLE vault.signing_key (
    role name PRIMARY KEY,
    inner_pad bytea NOT NULL CHECK (octet_length(inner_pad) = 64),
    outer_pad bytea NOT NULL CHECK (octet_length(outer_pad) = 64)
);

CREATE FUNCTION vault.claims() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shown text := current_setting('ierwohnen.capability', true);
    payload text;
    key vault.signing_key;
    claims jsonb;
BEGIN
    IF coalesce(length(shown), 0) < 66 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO key FROM vault.signing_key WHERE role = session_user;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    payload := substr(shown, 66);
    IF encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(payload, 'UTF8'))), 'hex')
        IS DISTINCT FROM left(shown, 64) THEN
        RETURN NULL;
    END IF;
    claims := payload::jsonb;
    IF (claims ->> 'backend')::int IS DISTINCT FROM pg_backend_pid()
        OR (claims ->> 'began')::bigint
            IS DISTINCT FROM (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint THEN
        RETURN NULL;
    END IF;
    RETURN claims;
END $$;

CREATE FUNCTION vault.visible() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
    wanted int;
    found text[];
BEGIN
    SELECT count(*) INTO wanted FROM jsonb_each_text(claims -> 'see');
    IF wanted IS NULL OR wanted = 0 OR (wanted > 1 AND session_user <> 'vault_engine') THEN
        RETURN ARRAY[]::text[];
    END IF;
    SELECT array_agg(entry.organization) INTO found
    FROM jsonb_each_text(claims -> 'see') AS seen
    JOIN vault.ledger AS entry
        ON entry.organization = seen.key AND entry.number = seen.value::bigint
        AND entry.reader = claims ->> 'reader' AND entry.at > clock_timestamp() - interval '1 hour';
    RETURN coalesce(found, ARRAY[]::text[]);
END $$;
"""

LEDGER = """
CREATE TABLE vault.ledger (
    organization text NOT NULL CHECK (organization <> ''),
    number bigint NOT NULL CHECK (number > 0),
    at timestamptz NOT NULL,
    reader text NOT NULL CHECK (reader <> ''),
    reader_organization text NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    subject text NOT NULL,
    purpose text NOT NULL CHECK (purpose <> ''),
    previous bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (organization, number)
);

CREATE TABLE vault.ledger_head (
    organization text PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL
);

CREATE FUNCTION vault.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows' USING ERRCODE = 'IW001';
END $$;

CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON vault.ledger
    FOR EACH ROW EXECUTE FUNCTION vault.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON vault.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_change();

CREATE FUNCTION vault.measured(part text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS
$$ SELECT convert_to(octet_length(convert_to(part, 'UTF8')) || ':', 'UTF8') || convert_to(part, 'UTF8') $$;

CREATE FUNCTION vault.entry_hash(entry vault.ledger) RETURNS bytea
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(
        entry.previous || vault.measured(entry.organization) || vault.measured(entry.number::text)
        || vault.measured(to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        || vault.measured(entry.reader) || vault.measured(entry.reader_organization)
        || vault.measured(entry.action) || vault.measured(entry.subject) || vault.measured(entry.purpose)
    )
$$;

CREATE FUNCTION vault.append(org text, who text, whose text, what text, about text, why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head vault.ledger_head;
    entry vault.ledger;
BEGIN
    INSERT INTO vault.ledger_head VALUES (org, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM vault.ledger_head WHERE organization = org FOR UPDATE;
    entry.organization := org;
    entry.number := head.number + 1;
    entry.at := clock_timestamp();
    entry.reader := who;
    entry.reader_organization := coalesce(whose, '');
    entry.action := what;
    entry.subject := coalesce(about, '');
    entry.purpose := why;
    entry.previous := head.hash;
    entry.hash := vault.entry_hash(entry);
    INSERT INTO vault.ledger SELECT entry.*;
    UPDATE vault.ledger_head SET number = entry.number, hash = entry.hash WHERE organization = org;
    RETURN entry.number;
END $$;

CREATE FUNCTION vault.note(org text, whose text, what text, about text, why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
BEGIN
    IF NOT coalesce(claims -> 'note' ? org, false) THEN
        RAISE EXCEPTION 'no right to write into this ledger' USING ERRCODE = 'IW002';
    END IF;
    RETURN vault.append(org, claims ->> 'reader', whose, what, about, why);
END $$;
"""

RIGHTS = """
ALTER TABLE vault.signing_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.signing_key FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON vault.signing_key TO vault_owner USING (true) WITH CHECK (true);
ALTER TABLE vault.ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.ledger FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON vault.ledger FOR SELECT TO vault_owner USING (true);
CREATE POLICY owner_appends ON vault.ledger FOR INSERT TO vault_owner WITH CHECK (true);
CREATE POLICY own ON vault.ledger FOR SELECT TO vault_app
    USING (organization = ANY ((SELECT vault.visible())::text[]));
ALTER TABLE vault.ledger_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.ledger_head FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON vault.ledger_head TO vault_owner USING (true) WITH CHECK (true);
CREATE POLICY own ON vault.ledger_head FOR SELECT TO vault_app
    USING (organization = ANY ((SELECT vault.visible())::text[]));

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE vault_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA vault TO vault_app, vault_engine;
GRANT SELECT ON vault.ledger, vault.ledger_head TO vault_app;
GRANT EXECUTE ON FUNCTION vault.visible(), vault.note(text, text, text, text, text) TO vault_app, vault_engine;
"""


def upgrade():
    for script in (CAPABILITY, LEDGER, RIGHTS):
        run(script)


def downgrade():
    if run("SELECT EXISTS (SELECT FROM vault.ledger)"):
        raise RuntimeError("The ledger holds entries and is not given up. Drop the whole database instead.")
    run(
        "DROP FUNCTION vault.note, vault.append, vault.entry_hash; DROP TABLE vault.ledger CASCADE;"
        "DROP TABLE vault.ledger_head CASCADE; DROP FUNCTION vault.refuse_change, vault.visible, vault.claims,"
        "vault.measured; DROP TABLE vault.signing_key;"
    )

CREATE TABLE allocation_change (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	batch BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	field TEXT COLLATE "C" NOT NULL, 
	before BIGINT, 
	after BIGINT, 
	before_text TEXT COLLATE "C", 
	after_text TEXT COLLATE "C", 
	rule TEXT COLLATE "C" NOT NULL, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_change_batch ON allocation_change (organization_id, batch)
--;
CREATE INDEX ix_change_user ON allocation_change (organization_id, user_id, at)
--;
CREATE TABLE api_key (
	id BIGINT NOT NULL, 
	organization_id BIGINT NOT NULL, 
	user_id BIGINT, 
	name TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	digest BYTEA NOT NULL, 
	shown TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	service BOOLEAN DEFAULT FALSE NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	PRIMARY KEY (id)
)
--;
CREATE INDEX ix_api_key_user ON api_key (organization_id, user_id)
--;
CREATE UNIQUE INDEX ux_api_key_digest ON api_key (digest)
--;
CREATE TABLE audit_detail (
	organization_id BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	part BIGINT NOT NULL, 
	user_id BIGINT, 
	field TEXT COLLATE "C" NOT NULL, 
	salt BYTEA, 
	value TEXT COLLATE "C", 
	erased_at BIGINT, 
	PRIMARY KEY (organization_id, seq, part)
)
--;
CREATE INDEX ix_detail_user ON audit_detail (user_id)
--;
CREATE TABLE audit_entry (
	organization_id BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	chain TEXT COLLATE "C" NOT NULL, 
	at BIGINT NOT NULL, 
	actor_user_id BIGINT, 
	target_user_id BIGINT, 
	action TEXT COLLATE "C" NOT NULL, 
	batch BIGINT, 
	body TEXT COLLATE "C" NOT NULL, 
	hash BYTEA NOT NULL, 
	PRIMARY KEY (organization_id, seq)
)
--;
CREATE INDEX ix_audit_actor ON audit_entry (actor_user_id, at)
--;
CREATE INDEX ix_audit_at ON audit_entry (at, organization_id, seq)
--;
CREATE INDEX ix_audit_org_at ON audit_entry (organization_id, at)
--;
CREATE INDEX ix_audit_target ON audit_entry (target_user_id, at)
--;
CREATE TABLE audit_head (
	organization_id BIGINT NOT NULL, 
	chain TEXT COLLATE "C" NOT NULL, 
	seq BIGINT DEFAULT 0 NOT NULL, 
	hash BYTEA NOT NULL, 
	mac BYTEA NOT NULL, 
	PRIMARY KEY (organization_id)
)
--;
CREATE TABLE batch (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	actor_id BIGINT, 
	actor TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	action TEXT COLLATE "C" NOT NULL, 
	rows BIGINT DEFAULT 0 NOT NULL, 
	reason TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	undoes BIGINT, 
	undone_by BIGINT, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_batch_org_at ON batch (organization_id, at)
--;
CREATE TABLE bump (
	organization_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	tier SMALLINT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (organization_id, user_id, kind, tier)
)
--;
CREATE TABLE command (
	id BYTEA NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (id)
)
--;
CREATE INDEX ix_command_at ON command (at)
--;
CREATE TABLE counter (
	name TEXT COLLATE "C" NOT NULL, 
	value BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (name)
)
--;
CREATE TABLE distribution_run (
	organization_id BIGINT NOT NULL, 
	what TEXT COLLATE "C" NOT NULL, 
	due_at BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	batch BIGINT, 
	rows BIGINT DEFAULT 0 NOT NULL, 
	rows_left BIGINT DEFAULT 0 NOT NULL, 
	note TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	PRIMARY KEY (organization_id, what, due_at), 
	CONSTRAINT ck_what CHECK (what IN ('schedule', 'month_start', 'raises_end'))
)
--;
CREATE TABLE draft (
	organization_id BIGINT NOT NULL, 
	author_id BIGINT NOT NULL, 
	page TEXT COLLATE "C" NOT NULL, 
	edits TEXT COLLATE "C" NOT NULL, 
	saved_at BIGINT NOT NULL, 
	PRIMARY KEY (organization_id, author_id, page)
)
--;
CREATE TABLE identity (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	source_id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	user_id BIGINT, 
	created_at BIGINT NOT NULL, 
	assigned_at BIGINT, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_identity_id ON identity (id)
--;
CREATE UNIQUE INDEX ux_identity ON identity (organization_id, source_id, name)
--;
CREATE TABLE lease (
	name TEXT COLLATE "C" NOT NULL, 
	holder TEXT COLLATE "C" NOT NULL, 
	until BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
--;
CREATE TABLE model (
	id BIGINT NOT NULL, 
	key TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	provider TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	tags TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	prompt_weight BIGINT DEFAULT 1000000 NOT NULL, 
	cached_weight BIGINT, 
	completion_weight BIGINT DEFAULT 1000000 NOT NULL, 
	active BOOLEAN DEFAULT TRUE NOT NULL, 
	known BOOLEAN DEFAULT TRUE NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_prompt_weight CHECK (prompt_weight BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_cached_weight CHECK (cached_weight BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_completion_weight CHECK (completion_weight BETWEEN 0 AND 9007199254740991)
)
--;
CREATE UNIQUE INDEX ux_model_key ON model (key)
--;
CREATE TABLE organization (
	id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	name_key TEXT COLLATE "C" NOT NULL, 
	contact TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	address TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	zip TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	city TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	country TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	phone TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	email TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	domain TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	time_zone TEXT COLLATE "C" DEFAULT 'UTC' NOT NULL, 
	members BIGINT DEFAULT 0 NOT NULL, 
	models_restricted BOOLEAN DEFAULT FALSE NOT NULL, 
	created_at BIGINT NOT NULL, 
	closed_at BIGINT, 
	PRIMARY KEY (id)
)
--;
CREATE UNIQUE INDEX ux_organization_name ON organization (name_key)
--;
CREATE TABLE outbox (
	organization_id BIGINT NOT NULL, 
	id BYTEA NOT NULL, 
	kind TEXT COLLATE "C" NOT NULL, 
	user_id BIGINT, 
	body TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	next_try_at BIGINT NOT NULL, 
	tries BIGINT DEFAULT 0 NOT NULL, 
	sent_at BIGINT, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_outbox_waiting ON outbox (next_try_at) WHERE sent_at IS NULL
--;
CREATE TABLE override (
	organization_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	inference_floor BIGINT, 
	inference_ceiling BIGINT, 
	embedding_floor BIGINT, 
	embedding_ceiling BIGINT, 
	pinned BOOLEAN DEFAULT FALSE NOT NULL, 
	no_reclaim BOOLEAN DEFAULT FALSE NOT NULL, 
	no_auto_increase BOOLEAN DEFAULT FALSE NOT NULL, 
	until BIGINT, 
	note TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	PRIMARY KEY (organization_id, user_id), 
	CONSTRAINT ck_inference_floor CHECK (inference_floor BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_inference_ceiling CHECK (inference_ceiling BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding_floor CHECK (embedding_floor BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding_ceiling CHECK (embedding_ceiling BETWEEN 0 AND 9007199254740991)
)
--;
CREATE TABLE plan (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	action TEXT COLLATE "C" NOT NULL, 
	what TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	made_at BIGINT NOT NULL, 
	made_by BIGINT DEFAULT 0 NOT NULL, 
	digest TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	rows BIGINT DEFAULT 0 NOT NULL, 
	undoes BIGINT, 
	strict BOOLEAN DEFAULT FALSE NOT NULL, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_plan_made ON plan (made_at)
--;
CREATE TABLE plan_row (
	organization_id BIGINT NOT NULL, 
	plan_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	field TEXT COLLATE "C" NOT NULL, 
	before BIGINT, 
	after BIGINT, 
	before_text TEXT COLLATE "C", 
	after_text TEXT COLLATE "C", 
	seen BIGINT, 
	seen_text TEXT COLLATE "C", 
	rule TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	state SMALLINT DEFAULT 0 NOT NULL, 
	why TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	PRIMARY KEY (organization_id, plan_id, user_id, field)
)
--;
CREATE TABLE policy (
	organization_id BIGINT NOT NULL, 
	department TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	version BIGINT NOT NULL, 
	preset TEXT COLLATE "C" NOT NULL, 
	fields TEXT COLLATE "C" NOT NULL, 
	at BIGINT NOT NULL, 
	actor_id BIGINT, 
	PRIMARY KEY (organization_id, department, version)
)
--;
CREATE TABLE preference (
	user_id BIGINT NOT NULL, 
	key TEXT COLLATE "C" NOT NULL, 
	value TEXT COLLATE "C" NOT NULL, 
	PRIMARY KEY (user_id, key)
)
--;
CREATE TABLE purchase_request (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	actor_id BIGINT, 
	inference BIGINT DEFAULT 0 NOT NULL, 
	embedding BIGINT DEFAULT 0 NOT NULL, 
	from_month BIGINT NOT NULL, 
	reason TEXT COLLATE "C" NOT NULL, 
	status TEXT COLLATE "C" DEFAULT 'pending' NOT NULL, 
	purchase_id BIGINT, 
	created_at BIGINT NOT NULL, 
	decided_at BIGINT, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_inference CHECK (inference BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding CHECK (embedding BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_status CHECK (status IN ('pending', 'purchased', 'declined', 'withdrawn'))
)
--;
CREATE TABLE request (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	amount BIGINT NOT NULL, 
	reason TEXT COLLATE "C" NOT NULL, 
	current_allocation BIGINT, 
	status TEXT COLLATE "C" DEFAULT 'pending' NOT NULL, 
	approved BIGINT, 
	until BIGINT, 
	for_good BOOLEAN DEFAULT FALSE NOT NULL, 
	note TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	decided_at BIGINT, 
	decided_by BIGINT, 
	decided_name TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	automatic BOOLEAN DEFAULT FALSE NOT NULL, 
	batch BIGINT, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_status CHECK (status IN ('pending', 'approved', 'denied', 'withdrawn')), 
	CONSTRAINT ck_amount CHECK (amount BETWEEN 1 AND 9007199254740991), 
	CONSTRAINT ck_approved CHECK (approved BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_current_allocation CHECK (current_allocation BETWEEN 0 AND 9007199254740991)
)
--;
CREATE INDEX ix_request_at ON request (organization_id, created_at, id)
--;
CREATE INDEX ix_request_at_all ON request (created_at, id)
--;
CREATE INDEX ix_request_automatic ON request (organization_id, created_at, id) WHERE automatic
--;
CREATE INDEX ix_request_id ON request (id)
--;
CREATE INDEX ix_request_status ON request (organization_id, status, created_at, id)
--;
CREATE INDEX ix_request_status_all ON request (status, created_at, id)
--;
CREATE INDEX ix_request_user ON request (organization_id, user_id, created_at)
--;
CREATE TABLE saved_view (
	organization_id BIGINT NOT NULL, 
	owner_id BIGINT NOT NULL, 
	page TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	query TEXT COLLATE "C" NOT NULL, 
	sort TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	shared BOOLEAN DEFAULT FALSE NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (organization_id, owner_id, page, name)
)
--;
CREATE TABLE schema_version (
	id BIGINT DEFAULT 1 NOT NULL, 
	version TEXT COLLATE "C" NOT NULL, 
	oldest_program TEXT COLLATE "C" NOT NULL, 
	database_id TEXT COLLATE "C" NOT NULL, 
	key_check BYTEA, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
)
--;
CREATE TABLE setting (
	organization_id BIGINT NOT NULL, 
	key TEXT COLLATE "C" NOT NULL, 
	value TEXT COLLATE "C" NOT NULL, 
	changed_at BIGINT NOT NULL, 
	changed_by BIGINT, 
	PRIMARY KEY (organization_id, key)
)
--;
CREATE TABLE sign_in (
	id BYTEA NOT NULL, 
	user_id BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	origin TEXT COLLATE "C" NOT NULL, 
	outcome TEXT COLLATE "C" NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_outcome CHECK (outcome IN ('in', 'failed', 'waiting', 'code failed', 'admin', 'recovery', 'banned'))
)
--;
CREATE INDEX ix_sign_in_user ON sign_in (user_id, at)
--;
CREATE TABLE throttle (
	kind TEXT COLLATE "C" NOT NULL, 
	subject TEXT COLLATE "C" NOT NULL, 
	failures BIGINT DEFAULT 0 NOT NULL, 
	window_start BIGINT NOT NULL, 
	locked_until BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (kind, subject)
)
--;
CREATE TABLE token_raise (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	amount BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	request_id BIGINT, 
	ended_at BIGINT, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_amount CHECK (amount BETWEEN 1 AND 9007199254740991)
)
--;
CREATE INDEX ix_raise_ends ON token_raise (organization_id, until) WHERE ended_at IS NULL
--;
CREATE INDEX ix_raise_user ON token_raise (organization_id, user_id)
--;
CREATE TABLE usage_daily (
	organization_id BIGINT NOT NULL, 
	day BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	model_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	entry SMALLINT DEFAULT 0 NOT NULL, 
	events BIGINT DEFAULT 0 NOT NULL, 
	failures BIGINT DEFAULT 0 NOT NULL, 
	prompt_tokens BIGINT DEFAULT 0 NOT NULL, 
	cached_tokens BIGINT DEFAULT 0 NOT NULL, 
	completion_tokens BIGINT DEFAULT 0 NOT NULL, 
	charge BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, day, user_id, model_id, kind, entry), 
	CONSTRAINT ck_prompt_tokens CHECK (prompt_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_cached_tokens CHECK (cached_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_completion_tokens CHECK (completion_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_charge CHECK (charge BETWEEN -9007199254740991 AND 9007199254740991)
)
--;
CREATE INDEX ix_daily_user ON usage_daily (organization_id, user_id, day)
--;
CREATE TABLE usage_event (
	organization_id BIGINT NOT NULL, 
	id BYTEA NOT NULL, 
	day BIGINT NOT NULL, 
	digest BYTEA NOT NULL, 
	content BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	model_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	prompt_tokens BIGINT NOT NULL, 
	cached_tokens BIGINT NOT NULL, 
	completion_tokens BIGINT NOT NULL, 
	charge BIGINT NOT NULL, 
	status SMALLINT DEFAULT 0 NOT NULL, 
	certainty SMALLINT DEFAULT 2 NOT NULL, 
	entry SMALLINT DEFAULT 0 NOT NULL, 
	latency_ms BIGINT, 
	source_id BIGINT NOT NULL, 
	import_id BIGINT, 
	external_id TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	provider_id TEXT COLLATE "C", 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_entry CHECK (entry > 0 OR (prompt_tokens >= 0 AND completion_tokens >= 0 AND charge >= 0)), 
	CONSTRAINT ck_prompt_tokens CHECK (prompt_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_cached_tokens CHECK (cached_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_completion_tokens CHECK (completion_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_charge CHECK (charge BETWEEN -9007199254740991 AND 9007199254740991)
)
--;
CREATE INDEX ix_event_at ON usage_event (at)
--;
CREATE INDEX ix_event_corrects ON usage_event (organization_id, external_id) WHERE entry > 0
--;
CREATE INDEX ix_event_not_ok ON usage_event (organization_id, status, at) WHERE status <> 0
--;
CREATE INDEX ix_event_org_at ON usage_event (organization_id, at)
--;
CREATE INDEX ix_event_user_at ON usage_event (user_id, at)
--;
CREATE UNIQUE INDEX ux_event_digest ON usage_event (day, digest)
--;
CREATE TABLE usage_import (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	source_id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	sha256 TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	started_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	rows_seen BIGINT DEFAULT 0 NOT NULL, 
	recorded BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE TABLE usage_month (
	organization_id BIGINT NOT NULL, 
	month BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	events BIGINT DEFAULT 0 NOT NULL, 
	charge BIGINT DEFAULT 0 NOT NULL, 
	corrected BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, month, user_id, kind), 
	CONSTRAINT ck_charge CHECK (charge BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_corrected CHECK (corrected BETWEEN -9007199254740991 AND 9007199254740991)
)
--;
CREATE INDEX ix_month_user ON usage_month (organization_id, user_id, month)
--;
CREATE TABLE usage_organization_daily (
	organization_id BIGINT NOT NULL, 
	day BIGINT NOT NULL, 
	model_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	entry SMALLINT DEFAULT 0 NOT NULL, 
	slot SMALLINT DEFAULT 0 NOT NULL, 
	events BIGINT DEFAULT 0 NOT NULL, 
	failures BIGINT DEFAULT 0 NOT NULL, 
	prompt_tokens BIGINT DEFAULT 0 NOT NULL, 
	cached_tokens BIGINT DEFAULT 0 NOT NULL, 
	completion_tokens BIGINT DEFAULT 0 NOT NULL, 
	charge BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, day, model_id, kind, entry, slot), 
	CONSTRAINT ck_prompt_tokens CHECK (prompt_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_cached_tokens CHECK (cached_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_completion_tokens CHECK (completion_tokens BETWEEN -9007199254740991 AND 9007199254740991), 
	CONSTRAINT ck_charge CHECK (charge BETWEEN -9007199254740991 AND 9007199254740991)
)
--;
CREATE TABLE usage_source (
	id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	last_heard_at BIGINT, 
	PRIMARY KEY (id)
)
--;
CREATE UNIQUE INDEX ux_source_name ON usage_source (name)
--;
CREATE TABLE model_access (
	organization_id BIGINT NOT NULL, 
	model_id BIGINT NOT NULL, 
	PRIMARY KEY (organization_id, model_id), 
	CONSTRAINT fk_access_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT fk_access_model FOREIGN KEY(model_id) REFERENCES model (id)
)
--;
CREATE TABLE pool (
	organization_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	allocated BIGINT DEFAULT 0 NOT NULL, 
	month BIGINT DEFAULT 0 NOT NULL, 
	used BIGINT DEFAULT 0 NOT NULL, 
	reserved BIGINT DEFAULT 0 NOT NULL, 
	previous BIGINT DEFAULT 0 NOT NULL, 
	lifetime BIGINT DEFAULT 0 NOT NULL, 
	started_month BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, kind), 
	CONSTRAINT fk_pool_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT ck_allocated CHECK (allocated BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_used CHECK (used BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_reserved CHECK (reserved BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_previous CHECK (previous BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_lifetime CHECK (lifetime BETWEEN 0 AND 9007199254740991)
)
--;
CREATE TABLE purchase (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	purchased_on BIGINT NOT NULL, 
	first_month BIGINT NOT NULL, 
	last_month BIGINT, 
	inference BIGINT DEFAULT 0 NOT NULL, 
	embedding BIGINT DEFAULT 0 NOT NULL, 
	payer_email TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	comment TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	amount_minor BIGINT, 
	currency TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_purchase_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT ck_inference CHECK (inference BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding CHECK (embedding BETWEEN 0 AND 9007199254740991)
)
--;
CREATE TABLE reservation (
	organization_id BIGINT NOT NULL, 
	id BYTEA NOT NULL, 
	user_id BIGINT NOT NULL, 
	model_id BIGINT NOT NULL, 
	kind SMALLINT NOT NULL, 
	month BIGINT NOT NULL, 
	estimate BIGINT NOT NULL, 
	prompt_estimate BIGINT DEFAULT 0 NOT NULL, 
	completion_estimate BIGINT DEFAULT 0 NOT NULL, 
	status TEXT COLLATE "C" DEFAULT 'held' NOT NULL, 
	why TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	source_id BIGINT NOT NULL, 
	retry_key TEXT COLLATE "C", 
	content BIGINT DEFAULT 0 NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	closed_at BIGINT, 
	call_id TEXT COLLATE "C", 
	provider_id TEXT COLLATE "C", 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_reservation_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT ck_status CHECK (status IN ('held', 'settled', 'released', 'expired', 'refused')), 
	CONSTRAINT ck_estimate CHECK (estimate BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_prompt_estimate CHECK (prompt_estimate BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_completion_estimate CHECK (completion_estimate BETWEEN 0 AND 9007199254740991)
)
--;
CREATE INDEX ix_reservation_held ON reservation (organization_id, expires_at) WHERE status = 'held'
--;
CREATE INDEX ix_reservation_id ON reservation (id)
--;
CREATE INDEX ix_reservation_key ON reservation (retry_key, source_id) WHERE retry_key IS NOT NULL
--;
CREATE UNIQUE INDEX ux_reservation_retry ON reservation (organization_id, source_id, retry_key)
--;
CREATE TABLE "user" (
	id BIGINT NOT NULL, 
	email TEXT COLLATE "C" NOT NULL, 
	email_key TEXT COLLATE "C" NOT NULL, 
	first_name TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	last_name TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	name_key TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	company TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	phone TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	country TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	organization_id BIGINT DEFAULT 0 NOT NULL, 
	gateway_id TEXT COLLATE "C", 
	banned BOOLEAN DEFAULT FALSE NOT NULL, 
	verified BOOLEAN DEFAULT FALSE NOT NULL, 
	cac BOOLEAN DEFAULT FALSE NOT NULL, 
	mfa BOOLEAN DEFAULT FALSE NOT NULL, 
	password_hash TEXT COLLATE "C", 
	password_one_time BOOLEAN DEFAULT FALSE NOT NULL, 
	password_expires_at BIGINT, 
	password_disabled BOOLEAN DEFAULT FALSE NOT NULL, 
	epoch BIGINT DEFAULT 0 NOT NULL, 
	time_zone TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	terms_accepted_at BIGINT, 
	last_sign_in_at BIGINT, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT fk_user_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
)
--;
CREATE INDEX ix_user_created ON "user" (created_at, id)
--;
CREATE INDEX ix_user_name ON "user" (name_key, id)
--;
CREATE INDEX ix_user_org_created ON "user" (organization_id, created_at, id)
--;
CREATE INDEX ix_user_org_email ON "user" (organization_id, email_key)
--;
CREATE INDEX ix_user_org_id ON "user" (organization_id, id)
--;
CREATE INDEX ix_user_org_name ON "user" (organization_id, name_key, id)
--;
CREATE INDEX ix_user_org_seen ON "user" (organization_id, last_sign_in_at, id)
--;
CREATE INDEX ix_user_seen ON "user" (last_sign_in_at, id)
--;
CREATE UNIQUE INDEX ux_user_email ON "user" (email_key)
--;
CREATE UNIQUE INDEX ux_user_gateway ON "user" (gateway_id) WHERE gateway_id IS NOT NULL
--;
CREATE TABLE application (
	id BIGINT NOT NULL, 
	applicant_id BIGINT, 
	status TEXT COLLATE "C" DEFAULT 'draft' NOT NULL, 
	form TEXT COLLATE "C" NOT NULL, 
	note TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	organization_id BIGINT, 
	created_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT fk_application_user FOREIGN KEY(applicant_id) REFERENCES "user" (id), 
	CONSTRAINT ck_status CHECK (status IN ('draft', 'submitted', 'awaiting_payment', 'active', 'rejected', 'withdrawn'))
)
--;
CREATE TABLE membership (
	organization_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	type TEXT COLLATE "C" DEFAULT 'user' NOT NULL, 
	read_only BOOLEAN DEFAULT FALSE NOT NULL, 
	plan TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	paid BOOLEAN DEFAULT FALSE NOT NULL, 
	payer_id BIGINT, 
	department TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	inference_allocation BIGINT, 
	inference_month BIGINT DEFAULT 0 NOT NULL, 
	inference_used BIGINT DEFAULT 0 NOT NULL, 
	inference_reserved BIGINT DEFAULT 0 NOT NULL, 
	inference_previous BIGINT DEFAULT 0 NOT NULL, 
	inference_lifetime BIGINT DEFAULT 0 NOT NULL, 
	inference_stopped_at BIGINT, 
	inference_refused BIGINT DEFAULT 0 NOT NULL, 
	inference_share BIGINT GENERATED ALWAYS AS (CASE WHEN inference_allocation IS NULL THEN NULL
 WHEN inference_allocation = 0 THEN CASE WHEN inference_used > 0 THEN 1000000 END
 WHEN inference_used / 1000 >= inference_allocation THEN 1000000
 ELSE inference_used * 1000 / inference_allocation END) STORED, 
	embedding_allocation BIGINT, 
	embedding_month BIGINT DEFAULT 0 NOT NULL, 
	embedding_used BIGINT DEFAULT 0 NOT NULL, 
	embedding_reserved BIGINT DEFAULT 0 NOT NULL, 
	embedding_previous BIGINT DEFAULT 0 NOT NULL, 
	embedding_lifetime BIGINT DEFAULT 0 NOT NULL, 
	embedding_stopped_at BIGINT, 
	embedding_refused BIGINT DEFAULT 0 NOT NULL, 
	last_used_day BIGINT, 
	version BIGINT DEFAULT 0 NOT NULL, 
	created_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	PRIMARY KEY (organization_id, user_id), 
	CONSTRAINT fk_membership_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT fk_membership_user FOREIGN KEY(user_id) REFERENCES "user" (id), 
	CONSTRAINT ck_type CHECK (type IN ('user', 'admin', 'super_admin')), 
	CONSTRAINT ck_operator_belongs_to_none CHECK (type <> 'super_admin' OR organization_id = 0), 
	CONSTRAINT ck_inference_allocation CHECK (inference_allocation BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_inference_used CHECK (inference_used BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_inference_reserved CHECK (inference_reserved BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_inference_previous CHECK (inference_previous BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_inference_lifetime CHECK (inference_lifetime BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding_allocation CHECK (embedding_allocation BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding_used CHECK (embedding_used BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding_reserved CHECK (embedding_reserved BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding_previous CHECK (embedding_previous BETWEEN 0 AND 9007199254740991), 
	CONSTRAINT ck_embedding_lifetime CHECK (embedding_lifetime BETWEEN 0 AND 9007199254740991)
)
--;
CREATE INDEX ix_member_iallocation ON membership (inference_allocation, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_ishare ON membership (inference_month, inference_share, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_iused ON membership (inference_month, inference_used, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_org_department ON membership (organization_id, department, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_org_iallocation ON membership (organization_id, inference_allocation, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_org_id ON membership (organization_id, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_org_ishare ON membership (organization_id, inference_month, inference_share, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_org_iused ON membership (organization_id, inference_month, inference_used, user_id) WHERE ended_at IS NULL
--;
CREATE INDEX ix_member_stopped ON membership (organization_id, user_id) WHERE ended_at IS NULL AND (inference_stopped_at IS NOT NULL OR embedding_stopped_at IS NOT NULL)
--;
CREATE INDEX ix_member_user ON membership (user_id)
--;
CREATE TABLE mfa (
	user_id BIGINT NOT NULL, 
	confirmed BOOLEAN DEFAULT FALSE NOT NULL, 
	key_id TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	secret BYTEA, 
	last_step BIGINT DEFAULT 0 NOT NULL, 
	drift SMALLINT DEFAULT 0 NOT NULL, 
	drifted SMALLINT DEFAULT 0 NOT NULL, 
	disabled BOOLEAN DEFAULT FALSE NOT NULL, 
	pending_secret BYTEA, 
	pending_key_id TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	pending_until BIGINT, 
	pending_session BYTEA, 
	confirmed_at BIGINT, 
	PRIMARY KEY (user_id), 
	CONSTRAINT fk_mfa_user FOREIGN KEY(user_id) REFERENCES "user" (id)
)
--;
CREATE TABLE recovery_code (
	user_id BIGINT NOT NULL, 
	digest BYTEA NOT NULL, 
	created_at BIGINT NOT NULL, 
	used_at BIGINT, 
	PRIMARY KEY (user_id, digest), 
	CONSTRAINT fk_recovery_user FOREIGN KEY(user_id) REFERENCES "user" (id)
)
--;
CREATE TABLE session (
	token_hash BYTEA NOT NULL, 
	user_id BIGINT NOT NULL, 
	epoch BIGINT NOT NULL, 
	origin TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	last_seen BIGINT NOT NULL, 
	admin_until BIGINT, 
	step_up_at BIGINT, 
	read_only BOOLEAN DEFAULT FALSE NOT NULL, 
	password_only BOOLEAN DEFAULT FALSE NOT NULL, 
	ended_at BIGINT, 
	end_reason TEXT COLLATE "C" DEFAULT '' NOT NULL, 
	PRIMARY KEY (token_hash), 
	CONSTRAINT fk_session_user FOREIGN KEY(user_id) REFERENCES "user" (id)
)
--;
CREATE INDEX ix_session_created ON session (created_at)
--;
CREATE INDEX ix_session_user ON session (user_id)
--;
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'restrict_violation'; END $$
--;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_append_only()
--;
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()

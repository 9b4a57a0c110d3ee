CREATE TABLE allocation_change (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	field TEXT NOT NULL, 
	"before" INTEGER, 
	"after" INTEGER, 
	before_text TEXT, 
	after_text TEXT, 
	rule TEXT NOT NULL, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_change_batch ON allocation_change (organization_id, batch)
--;
CREATE INDEX ix_change_user ON allocation_change (organization_id, user_id, at)
--;
CREATE TABLE api_key (
	id INTEGER NOT NULL, 
	organization_id INTEGER NOT NULL, 
	user_id INTEGER, 
	name TEXT DEFAULT '' NOT NULL, 
	digest BLOB NOT NULL, 
	shown TEXT DEFAULT '' NOT NULL, 
	service BOOLEAN DEFAULT FALSE NOT NULL, 
	created_at INTEGER NOT NULL, 
	revoked_at INTEGER, 
	PRIMARY KEY (id)
)
--;
CREATE INDEX ix_api_key_user ON api_key (organization_id, user_id)
--;
CREATE UNIQUE INDEX ux_api_key_digest ON api_key (digest)
--;
CREATE TABLE audit_detail (
	organization_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	part INTEGER NOT NULL, 
	user_id INTEGER, 
	field TEXT NOT NULL, 
	salt BLOB, 
	value TEXT, 
	erased_at INTEGER, 
	PRIMARY KEY (organization_id, seq, part)
)
--;
CREATE INDEX ix_detail_user ON audit_detail (user_id)
--;
CREATE TABLE audit_entry (
	organization_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	chain TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	actor_user_id INTEGER, 
	target_user_id INTEGER, 
	action TEXT NOT NULL, 
	batch INTEGER, 
	body TEXT NOT NULL, 
	hash BLOB NOT NULL, 
	PRIMARY KEY (organization_id, seq), 
	CONSTRAINT ck_organization_id CHECK (organization_id IS NULL OR typeof(organization_id) = 'integer'), 
	CONSTRAINT ck_seq CHECK (seq IS NULL OR typeof(seq) = 'integer'), 
	CONSTRAINT ck_at CHECK (at IS NULL OR typeof(at) = 'integer')
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
	organization_id INTEGER NOT NULL, 
	chain TEXT NOT NULL, 
	seq INTEGER DEFAULT 0 NOT NULL, 
	hash BLOB NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (organization_id)
)
--;
CREATE TABLE batch (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	actor_id INTEGER, 
	actor TEXT DEFAULT '' NOT NULL, 
	action TEXT NOT NULL, 
	rows INTEGER DEFAULT 0 NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	undoes INTEGER, 
	undone_by INTEGER, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_batch_org_at ON batch (organization_id, at)
--;
CREATE TABLE bump (
	organization_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	tier SMALLINT NOT NULL, 
	at INTEGER NOT NULL, 
	PRIMARY KEY (organization_id, user_id, kind, tier)
)
--;
CREATE TABLE command (
	id BLOB NOT NULL, 
	at INTEGER NOT NULL, 
	PRIMARY KEY (id)
)
--;
CREATE INDEX ix_command_at ON command (at)
--;
CREATE TABLE counter (
	name TEXT NOT NULL, 
	value INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (name), 
	CONSTRAINT ck_value CHECK (value IS NULL OR typeof(value) = 'integer')
)
--;
CREATE TABLE distribution_run (
	organization_id INTEGER NOT NULL, 
	what TEXT NOT NULL, 
	due_at INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	batch INTEGER, 
	rows INTEGER DEFAULT 0 NOT NULL, 
	rows_left INTEGER DEFAULT 0 NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (organization_id, what, due_at), 
	CONSTRAINT ck_what CHECK (what IN ('schedule', 'month_start', 'raises_end'))
)
--;
CREATE TABLE draft (
	organization_id INTEGER NOT NULL, 
	author_id INTEGER NOT NULL, 
	page TEXT NOT NULL, 
	edits TEXT NOT NULL, 
	saved_at INTEGER NOT NULL, 
	PRIMARY KEY (organization_id, author_id, page)
)
--;
CREATE TABLE identity (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	user_id INTEGER, 
	created_at INTEGER NOT NULL, 
	assigned_at INTEGER, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_id CHECK (id IS NULL OR typeof(id) = 'integer'), 
	CONSTRAINT ck_user_id CHECK (user_id IS NULL OR typeof(user_id) = 'integer')
)
--;
CREATE INDEX ix_identity_id ON identity (id)
--;
CREATE UNIQUE INDEX ux_identity ON identity (organization_id, source_id, name)
--;
CREATE TABLE lease (
	name TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	until INTEGER NOT NULL, 
	PRIMARY KEY (name)
)
--;
CREATE TABLE model (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	provider TEXT DEFAULT '' NOT NULL, 
	tags TEXT DEFAULT '' NOT NULL, 
	prompt_weight INTEGER DEFAULT 1000000 NOT NULL, 
	cached_weight INTEGER, 
	completion_weight INTEGER DEFAULT 1000000 NOT NULL, 
	active BOOLEAN DEFAULT TRUE NOT NULL, 
	known BOOLEAN DEFAULT TRUE NOT NULL, 
	created_at INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_prompt_weight CHECK (prompt_weight IS NULL OR (typeof(prompt_weight) = 'integer' AND prompt_weight BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_cached_weight CHECK (cached_weight IS NULL OR (typeof(cached_weight) = 'integer' AND cached_weight BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_completion_weight CHECK (completion_weight IS NULL OR (typeof(completion_weight) = 'integer' AND completion_weight BETWEEN 0 AND 9007199254740991))
)
--;
CREATE UNIQUE INDEX ux_model_key ON model ("key")
--;
CREATE TABLE organization (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	contact TEXT DEFAULT '' NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	zip TEXT DEFAULT '' NOT NULL, 
	city TEXT DEFAULT '' NOT NULL, 
	country TEXT DEFAULT '' NOT NULL, 
	phone TEXT DEFAULT '' NOT NULL, 
	email TEXT DEFAULT '' NOT NULL, 
	domain TEXT DEFAULT '' NOT NULL, 
	time_zone TEXT DEFAULT 'UTC' NOT NULL, 
	members INTEGER DEFAULT 0 NOT NULL, 
	models_restricted BOOLEAN DEFAULT FALSE NOT NULL, 
	created_at INTEGER NOT NULL, 
	closed_at INTEGER, 
	PRIMARY KEY (id)
)
--;
CREATE UNIQUE INDEX ux_organization_name ON organization (name_key)
--;
CREATE TABLE outbox (
	organization_id INTEGER NOT NULL, 
	id BLOB NOT NULL, 
	kind TEXT NOT NULL, 
	user_id INTEGER, 
	body TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	next_try_at INTEGER NOT NULL, 
	tries INTEGER DEFAULT 0 NOT NULL, 
	sent_at INTEGER, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_outbox_waiting ON outbox (next_try_at) WHERE sent_at IS NULL
--;
CREATE TABLE override (
	organization_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	inference_floor INTEGER, 
	inference_ceiling INTEGER, 
	embedding_floor INTEGER, 
	embedding_ceiling INTEGER, 
	pinned BOOLEAN DEFAULT FALSE NOT NULL, 
	no_reclaim BOOLEAN DEFAULT FALSE NOT NULL, 
	no_auto_increase BOOLEAN DEFAULT FALSE NOT NULL, 
	until INTEGER, 
	note TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (organization_id, user_id), 
	CONSTRAINT ck_inference_floor CHECK (inference_floor IS NULL OR (typeof(inference_floor) = 'integer' AND inference_floor BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_inference_ceiling CHECK (inference_ceiling IS NULL OR (typeof(inference_ceiling) = 'integer' AND inference_ceiling BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding_floor CHECK (embedding_floor IS NULL OR (typeof(embedding_floor) = 'integer' AND embedding_floor BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding_ceiling CHECK (embedding_ceiling IS NULL OR (typeof(embedding_ceiling) = 'integer' AND embedding_ceiling BETWEEN 0 AND 9007199254740991))
)
--;
CREATE TABLE "plan" (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	action TEXT NOT NULL, 
	what TEXT DEFAULT '' NOT NULL, 
	made_at INTEGER NOT NULL, 
	made_by INTEGER DEFAULT 0 NOT NULL, 
	digest TEXT DEFAULT '' NOT NULL, 
	rows INTEGER DEFAULT 0 NOT NULL, 
	undoes INTEGER, 
	strict BOOLEAN DEFAULT FALSE NOT NULL, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE INDEX ix_plan_made ON "plan" (made_at)
--;
CREATE TABLE plan_row (
	organization_id INTEGER NOT NULL, 
	plan_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	field TEXT NOT NULL, 
	"before" INTEGER, 
	"after" INTEGER, 
	before_text TEXT, 
	after_text TEXT, 
	seen INTEGER, 
	seen_text TEXT, 
	rule TEXT DEFAULT '' NOT NULL, 
	state SMALLINT DEFAULT 0 NOT NULL, 
	why TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (organization_id, plan_id, user_id, field)
)
 WITHOUT ROWID
--;
CREATE TABLE policy (
	organization_id INTEGER NOT NULL, 
	department TEXT DEFAULT '' NOT NULL, 
	version INTEGER NOT NULL, 
	preset TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	actor_id INTEGER, 
	PRIMARY KEY (organization_id, department, version)
)
--;
CREATE TABLE preference (
	user_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (user_id, "key")
)
--;
CREATE TABLE purchase_request (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	actor_id INTEGER, 
	inference INTEGER DEFAULT 0 NOT NULL, 
	embedding INTEGER DEFAULT 0 NOT NULL, 
	from_month INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	status TEXT DEFAULT 'pending' NOT NULL, 
	purchase_id INTEGER, 
	created_at INTEGER NOT NULL, 
	decided_at INTEGER, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_inference CHECK (inference IS NULL OR (typeof(inference) = 'integer' AND inference BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding CHECK (embedding IS NULL OR (typeof(embedding) = 'integer' AND embedding BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_status CHECK (status IN ('pending', 'purchased', 'declined', 'withdrawn'))
)
--;
CREATE TABLE request (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	amount INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	current_allocation INTEGER, 
	status TEXT DEFAULT 'pending' NOT NULL, 
	approved INTEGER, 
	until INTEGER, 
	for_good BOOLEAN DEFAULT FALSE NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	created_at INTEGER NOT NULL, 
	decided_at INTEGER, 
	decided_by INTEGER, 
	decided_name TEXT DEFAULT '' NOT NULL, 
	automatic BOOLEAN DEFAULT FALSE NOT NULL, 
	batch INTEGER, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_status CHECK (status IN ('pending', 'approved', 'denied', 'withdrawn')), 
	CONSTRAINT ck_amount CHECK (amount IS NULL OR (typeof(amount) = 'integer' AND amount BETWEEN 1 AND 9007199254740991)), 
	CONSTRAINT ck_approved CHECK (approved IS NULL OR (typeof(approved) = 'integer' AND approved BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_current_allocation CHECK (current_allocation IS NULL OR (typeof(current_allocation) = 'integer' AND current_allocation BETWEEN 0 AND 9007199254740991))
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
	organization_id INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	page TEXT NOT NULL, 
	name TEXT NOT NULL, 
	"query" TEXT NOT NULL, 
	sort TEXT DEFAULT '' NOT NULL, 
	shared BOOLEAN DEFAULT FALSE NOT NULL, 
	created_at INTEGER NOT NULL, 
	PRIMARY KEY (organization_id, owner_id, page, name)
)
--;
CREATE TABLE schema_version (
	id INTEGER DEFAULT 1 NOT NULL, 
	version TEXT NOT NULL, 
	oldest_program TEXT NOT NULL, 
	database_id TEXT NOT NULL, 
	key_check BLOB, 
	changed_at INTEGER NOT NULL, 
	PRIMARY KEY (id)
)
--;
CREATE TABLE setting (
	organization_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	changed_at INTEGER NOT NULL, 
	changed_by INTEGER, 
	PRIMARY KEY (organization_id, "key")
)
--;
CREATE TABLE sign_in (
	id BLOB NOT NULL, 
	user_id INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	origin TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ck_outcome CHECK (outcome IN ('in', 'failed', 'waiting', 'code failed', 'admin', 'recovery', 'banned'))
)
--;
CREATE INDEX ix_sign_in_user ON sign_in (user_id, at)
--;
CREATE TABLE throttle (
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	window_start INTEGER NOT NULL, 
	locked_until INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (kind, subject)
)
--;
CREATE TABLE token_raise (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	amount INTEGER NOT NULL, 
	until INTEGER NOT NULL, 
	created_at INTEGER NOT NULL, 
	request_id INTEGER, 
	ended_at INTEGER, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_amount CHECK (amount IS NULL OR (typeof(amount) = 'integer' AND amount BETWEEN 1 AND 9007199254740991))
)
--;
CREATE INDEX ix_raise_ends ON token_raise (organization_id, until) WHERE ended_at IS NULL
--;
CREATE INDEX ix_raise_user ON token_raise (organization_id, user_id)
--;
CREATE TABLE usage_daily (
	organization_id INTEGER NOT NULL, 
	day INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	entry SMALLINT DEFAULT 0 NOT NULL, 
	events INTEGER DEFAULT 0 NOT NULL, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	prompt_tokens INTEGER DEFAULT 0 NOT NULL, 
	cached_tokens INTEGER DEFAULT 0 NOT NULL, 
	completion_tokens INTEGER DEFAULT 0 NOT NULL, 
	charge INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, day, user_id, model_id, kind, entry), 
	CONSTRAINT ck_prompt_tokens CHECK (prompt_tokens IS NULL OR (typeof(prompt_tokens) = 'integer' AND prompt_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_cached_tokens CHECK (cached_tokens IS NULL OR (typeof(cached_tokens) = 'integer' AND cached_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_completion_tokens CHECK (completion_tokens IS NULL OR (typeof(completion_tokens) = 'integer' AND completion_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_charge CHECK (charge IS NULL OR (typeof(charge) = 'integer' AND charge BETWEEN -9007199254740991 AND 9007199254740991))
)
--;
CREATE INDEX ix_daily_user ON usage_daily (organization_id, user_id, day)
--;
CREATE TABLE usage_event (
	organization_id INTEGER NOT NULL, 
	id BLOB NOT NULL, 
	day INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	content INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	prompt_tokens INTEGER NOT NULL, 
	cached_tokens INTEGER NOT NULL, 
	completion_tokens INTEGER NOT NULL, 
	charge INTEGER NOT NULL, 
	status SMALLINT DEFAULT 0 NOT NULL, 
	certainty SMALLINT DEFAULT 2 NOT NULL, 
	entry SMALLINT DEFAULT 0 NOT NULL, 
	latency_ms INTEGER, 
	source_id INTEGER NOT NULL, 
	import_id INTEGER, 
	external_id TEXT DEFAULT '' NOT NULL, 
	provider_id TEXT, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_entry CHECK (entry > 0 OR (prompt_tokens >= 0 AND completion_tokens >= 0 AND charge >= 0)), 
	CONSTRAINT ck_prompt_tokens CHECK (prompt_tokens IS NULL OR (typeof(prompt_tokens) = 'integer' AND prompt_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_cached_tokens CHECK (cached_tokens IS NULL OR (typeof(cached_tokens) = 'integer' AND cached_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_completion_tokens CHECK (completion_tokens IS NULL OR (typeof(completion_tokens) = 'integer' AND completion_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_charge CHECK (charge IS NULL OR (typeof(charge) = 'integer' AND charge BETWEEN -9007199254740991 AND 9007199254740991))
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
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	sha256 TEXT DEFAULT '' NOT NULL, 
	started_at INTEGER NOT NULL, 
	finished_at INTEGER, 
	rows_seen INTEGER DEFAULT 0 NOT NULL, 
	recorded INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, id)
)
--;
CREATE TABLE usage_month (
	organization_id INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	events INTEGER DEFAULT 0 NOT NULL, 
	charge INTEGER DEFAULT 0 NOT NULL, 
	corrected INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, month, user_id, kind), 
	CONSTRAINT ck_charge CHECK (charge IS NULL OR (typeof(charge) = 'integer' AND charge BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_corrected CHECK (corrected IS NULL OR (typeof(corrected) = 'integer' AND corrected BETWEEN -9007199254740991 AND 9007199254740991))
)
--;
CREATE INDEX ix_month_user ON usage_month (organization_id, user_id, month)
--;
CREATE TABLE usage_organization_daily (
	organization_id INTEGER NOT NULL, 
	day INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	entry SMALLINT DEFAULT 0 NOT NULL, 
	slot SMALLINT DEFAULT 0 NOT NULL, 
	events INTEGER DEFAULT 0 NOT NULL, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	prompt_tokens INTEGER DEFAULT 0 NOT NULL, 
	cached_tokens INTEGER DEFAULT 0 NOT NULL, 
	completion_tokens INTEGER DEFAULT 0 NOT NULL, 
	charge INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, day, model_id, kind, entry, slot), 
	CONSTRAINT ck_prompt_tokens CHECK (prompt_tokens IS NULL OR (typeof(prompt_tokens) = 'integer' AND prompt_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_cached_tokens CHECK (cached_tokens IS NULL OR (typeof(cached_tokens) = 'integer' AND cached_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_completion_tokens CHECK (completion_tokens IS NULL OR (typeof(completion_tokens) = 'integer' AND completion_tokens BETWEEN -9007199254740991 AND 9007199254740991)), 
	CONSTRAINT ck_charge CHECK (charge IS NULL OR (typeof(charge) = 'integer' AND charge BETWEEN -9007199254740991 AND 9007199254740991))
)
--;
CREATE TABLE usage_source (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	last_heard_at INTEGER, 
	PRIMARY KEY (id)
)
--;
CREATE UNIQUE INDEX ux_source_name ON usage_source (name)
--;
CREATE TABLE model_access (
	organization_id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	PRIMARY KEY (organization_id, model_id), 
	CONSTRAINT fk_access_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT fk_access_model FOREIGN KEY(model_id) REFERENCES model (id)
)
--;
CREATE TABLE pool (
	organization_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	allocated INTEGER DEFAULT 0 NOT NULL, 
	month INTEGER DEFAULT 0 NOT NULL, 
	used INTEGER DEFAULT 0 NOT NULL, 
	reserved INTEGER DEFAULT 0 NOT NULL, 
	previous INTEGER DEFAULT 0 NOT NULL, 
	lifetime INTEGER DEFAULT 0 NOT NULL, 
	started_month INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (organization_id, kind), 
	CONSTRAINT fk_pool_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT ck_allocated CHECK (allocated IS NULL OR (typeof(allocated) = 'integer' AND allocated BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_used CHECK (used IS NULL OR (typeof(used) = 'integer' AND used BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_reserved CHECK (reserved IS NULL OR (typeof(reserved) = 'integer' AND reserved BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_previous CHECK (previous IS NULL OR (typeof(previous) = 'integer' AND previous BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_lifetime CHECK (lifetime IS NULL OR (typeof(lifetime) = 'integer' AND lifetime BETWEEN 0 AND 9007199254740991))
)
--;
CREATE TABLE purchase (
	organization_id INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	purchased_on INTEGER NOT NULL, 
	first_month INTEGER NOT NULL, 
	last_month INTEGER, 
	inference INTEGER DEFAULT 0 NOT NULL, 
	embedding INTEGER DEFAULT 0 NOT NULL, 
	payer_email TEXT DEFAULT '' NOT NULL, 
	comment TEXT DEFAULT '' NOT NULL, 
	amount_minor INTEGER, 
	currency TEXT DEFAULT '' NOT NULL, 
	created_at INTEGER NOT NULL, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_purchase_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT ck_inference CHECK (inference IS NULL OR (typeof(inference) = 'integer' AND inference BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding CHECK (embedding IS NULL OR (typeof(embedding) = 'integer' AND embedding BETWEEN 0 AND 9007199254740991))
)
--;
CREATE TABLE reservation (
	organization_id INTEGER NOT NULL, 
	id BLOB NOT NULL, 
	user_id INTEGER NOT NULL, 
	model_id INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	month INTEGER NOT NULL, 
	estimate INTEGER NOT NULL, 
	prompt_estimate INTEGER DEFAULT 0 NOT NULL, 
	completion_estimate INTEGER DEFAULT 0 NOT NULL, 
	status TEXT DEFAULT 'held' NOT NULL, 
	why TEXT DEFAULT '' NOT NULL, 
	source_id INTEGER NOT NULL, 
	retry_key TEXT, 
	content INTEGER DEFAULT 0 NOT NULL, 
	created_at INTEGER NOT NULL, 
	expires_at INTEGER NOT NULL, 
	closed_at INTEGER, 
	call_id TEXT, 
	provider_id TEXT, 
	PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_reservation_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT ck_status CHECK (status IN ('held', 'settled', 'released', 'expired', 'refused')), 
	CONSTRAINT ck_estimate CHECK (estimate IS NULL OR (typeof(estimate) = 'integer' AND estimate BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_prompt_estimate CHECK (prompt_estimate IS NULL OR (typeof(prompt_estimate) = 'integer' AND prompt_estimate BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_completion_estimate CHECK (completion_estimate IS NULL OR (typeof(completion_estimate) = 'integer' AND completion_estimate BETWEEN 0 AND 9007199254740991))
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
CREATE TABLE user (
	id INTEGER NOT NULL, 
	email TEXT NOT NULL, 
	email_key TEXT NOT NULL, 
	first_name TEXT DEFAULT '' NOT NULL, 
	last_name TEXT DEFAULT '' NOT NULL, 
	name_key TEXT DEFAULT '' NOT NULL, 
	company TEXT DEFAULT '' NOT NULL, 
	phone TEXT DEFAULT '' NOT NULL, 
	country TEXT DEFAULT '' NOT NULL, 
	organization_id INTEGER DEFAULT 0 NOT NULL, 
	gateway_id TEXT, 
	banned BOOLEAN DEFAULT FALSE NOT NULL, 
	verified BOOLEAN DEFAULT FALSE NOT NULL, 
	cac BOOLEAN DEFAULT FALSE NOT NULL, 
	mfa BOOLEAN DEFAULT FALSE NOT NULL, 
	password_hash TEXT, 
	password_one_time BOOLEAN DEFAULT FALSE NOT NULL, 
	password_expires_at INTEGER, 
	password_disabled BOOLEAN DEFAULT FALSE NOT NULL, 
	epoch INTEGER DEFAULT 0 NOT NULL, 
	time_zone TEXT DEFAULT '' NOT NULL, 
	terms_accepted_at INTEGER, 
	last_sign_in_at INTEGER, 
	created_at INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT fk_user_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT ck_id CHECK (id IS NULL OR typeof(id) = 'integer'), 
	CONSTRAINT ck_organization_id CHECK (organization_id IS NULL OR typeof(organization_id) = 'integer'), 
	CONSTRAINT ck_epoch CHECK (epoch IS NULL OR typeof(epoch) = 'integer'), 
	CONSTRAINT ck_last_sign_in_at CHECK (last_sign_in_at IS NULL OR typeof(last_sign_in_at) = 'integer'), 
	CONSTRAINT ck_created_at CHECK (created_at IS NULL OR typeof(created_at) = 'integer')
)
--;
CREATE INDEX ix_user_created ON user (created_at, id)
--;
CREATE INDEX ix_user_name ON user (name_key, id)
--;
CREATE INDEX ix_user_org_created ON user (organization_id, created_at, id)
--;
CREATE INDEX ix_user_org_email ON user (organization_id, email_key)
--;
CREATE INDEX ix_user_org_id ON user (organization_id, id)
--;
CREATE INDEX ix_user_org_name ON user (organization_id, name_key, id)
--;
CREATE INDEX ix_user_org_seen ON user (organization_id, last_sign_in_at, id)
--;
CREATE INDEX ix_user_seen ON user (last_sign_in_at, id)
--;
CREATE UNIQUE INDEX ux_user_email ON user (email_key)
--;
CREATE UNIQUE INDEX ux_user_gateway ON user (gateway_id) WHERE gateway_id IS NOT NULL
--;
CREATE TABLE application (
	id INTEGER NOT NULL, 
	applicant_id INTEGER, 
	status TEXT DEFAULT 'draft' NOT NULL, 
	form TEXT NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	organization_id INTEGER, 
	created_at INTEGER NOT NULL, 
	changed_at INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT fk_application_user FOREIGN KEY(applicant_id) REFERENCES user (id), 
	CONSTRAINT ck_status CHECK (status IN ('draft', 'submitted', 'awaiting_payment', 'active', 'rejected', 'withdrawn'))
)
--;
CREATE TABLE membership (
	organization_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	type TEXT DEFAULT 'user' NOT NULL, 
	read_only BOOLEAN DEFAULT FALSE NOT NULL, 
	"plan" TEXT DEFAULT '' NOT NULL, 
	paid BOOLEAN DEFAULT FALSE NOT NULL, 
	payer_id INTEGER, 
	department TEXT DEFAULT '' NOT NULL, 
	inference_allocation INTEGER, 
	inference_month INTEGER DEFAULT 0 NOT NULL, 
	inference_used INTEGER DEFAULT 0 NOT NULL, 
	inference_reserved INTEGER DEFAULT 0 NOT NULL, 
	inference_previous INTEGER DEFAULT 0 NOT NULL, 
	inference_lifetime INTEGER DEFAULT 0 NOT NULL, 
	inference_stopped_at INTEGER, 
	inference_refused INTEGER DEFAULT 0 NOT NULL, 
	inference_share INTEGER GENERATED ALWAYS AS (CASE WHEN inference_allocation IS NULL THEN NULL
 WHEN inference_allocation = 0 THEN CASE WHEN inference_used > 0 THEN 1000000 END
 WHEN inference_used / 1000 >= inference_allocation THEN 1000000
 ELSE inference_used * 1000 / inference_allocation END) STORED, 
	embedding_allocation INTEGER, 
	embedding_month INTEGER DEFAULT 0 NOT NULL, 
	embedding_used INTEGER DEFAULT 0 NOT NULL, 
	embedding_reserved INTEGER DEFAULT 0 NOT NULL, 
	embedding_previous INTEGER DEFAULT 0 NOT NULL, 
	embedding_lifetime INTEGER DEFAULT 0 NOT NULL, 
	embedding_stopped_at INTEGER, 
	embedding_refused INTEGER DEFAULT 0 NOT NULL, 
	last_used_day INTEGER, 
	version INTEGER DEFAULT 0 NOT NULL, 
	created_at INTEGER NOT NULL, 
	ended_at INTEGER, 
	PRIMARY KEY (organization_id, user_id), 
	CONSTRAINT fk_membership_organization FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT fk_membership_user FOREIGN KEY(user_id) REFERENCES user (id), 
	CONSTRAINT ck_type CHECK (type IN ('user', 'admin', 'super_admin')), 
	CONSTRAINT ck_operator_belongs_to_none CHECK (type <> 'super_admin' OR organization_id = 0), 
	CONSTRAINT ck_inference_allocation CHECK (inference_allocation IS NULL OR (typeof(inference_allocation) = 'integer' AND inference_allocation BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_inference_used CHECK (inference_used IS NULL OR (typeof(inference_used) = 'integer' AND inference_used BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_inference_reserved CHECK (inference_reserved IS NULL OR (typeof(inference_reserved) = 'integer' AND inference_reserved BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_inference_previous CHECK (inference_previous IS NULL OR (typeof(inference_previous) = 'integer' AND inference_previous BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_inference_lifetime CHECK (inference_lifetime IS NULL OR (typeof(inference_lifetime) = 'integer' AND inference_lifetime BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding_allocation CHECK (embedding_allocation IS NULL OR (typeof(embedding_allocation) = 'integer' AND embedding_allocation BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding_used CHECK (embedding_used IS NULL OR (typeof(embedding_used) = 'integer' AND embedding_used BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding_reserved CHECK (embedding_reserved IS NULL OR (typeof(embedding_reserved) = 'integer' AND embedding_reserved BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding_previous CHECK (embedding_previous IS NULL OR (typeof(embedding_previous) = 'integer' AND embedding_previous BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_embedding_lifetime CHECK (embedding_lifetime IS NULL OR (typeof(embedding_lifetime) = 'integer' AND embedding_lifetime BETWEEN 0 AND 9007199254740991)), 
	CONSTRAINT ck_organization_id CHECK (organization_id IS NULL OR typeof(organization_id) = 'integer'), 
	CONSTRAINT ck_user_id CHECK (user_id IS NULL OR typeof(user_id) = 'integer'), 
	CONSTRAINT ck_inference_month CHECK (inference_month IS NULL OR typeof(inference_month) = 'integer'), 
	CONSTRAINT ck_embedding_month CHECK (embedding_month IS NULL OR typeof(embedding_month) = 'integer'), 
	CONSTRAINT ck_last_used_day CHECK (last_used_day IS NULL OR typeof(last_used_day) = 'integer'), 
	CONSTRAINT ck_version CHECK (version IS NULL OR typeof(version) = 'integer')
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
	user_id INTEGER NOT NULL, 
	confirmed BOOLEAN DEFAULT FALSE NOT NULL, 
	key_id TEXT DEFAULT '' NOT NULL, 
	secret BLOB, 
	last_step INTEGER DEFAULT 0 NOT NULL, 
	drift SMALLINT DEFAULT 0 NOT NULL, 
	drifted SMALLINT DEFAULT 0 NOT NULL, 
	disabled BOOLEAN DEFAULT FALSE NOT NULL, 
	pending_secret BLOB, 
	pending_key_id TEXT DEFAULT '' NOT NULL, 
	pending_until INTEGER, 
	pending_session BLOB, 
	confirmed_at INTEGER, 
	PRIMARY KEY (user_id), 
	CONSTRAINT fk_mfa_user FOREIGN KEY(user_id) REFERENCES user (id)
)
--;
CREATE TABLE recovery_code (
	user_id INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	created_at INTEGER NOT NULL, 
	used_at INTEGER, 
	PRIMARY KEY (user_id, digest), 
	CONSTRAINT fk_recovery_user FOREIGN KEY(user_id) REFERENCES user (id)
)
--;
CREATE TABLE session (
	token_hash BLOB NOT NULL, 
	user_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	origin TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	last_seen INTEGER NOT NULL, 
	admin_until INTEGER, 
	step_up_at INTEGER, 
	read_only BOOLEAN DEFAULT FALSE NOT NULL, 
	password_only BOOLEAN DEFAULT FALSE NOT NULL, 
	ended_at INTEGER, 
	end_reason TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (token_hash), 
	CONSTRAINT fk_session_user FOREIGN KEY(user_id) REFERENCES user (id)
)
--;
CREATE INDEX ix_session_created ON session (created_at)
--;
CREATE INDEX ix_session_user ON session (user_id)
--;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END
--;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END
--;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE organization_id = NEW.organization_id AND seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END
--;
CREATE VIEW user_text AS SELECT u.id, u.email_key || char(31) || u.name_key || char(31, 31) AS text FROM "user" u
--;
CREATE VIRTUAL TABLE user_word USING fts5(text, content='user_text', content_rowid='id', tokenize='trigram case_sensitive 1', detail=none, columnsize=0)
--;
CREATE VIRTUAL TABLE user_trigram USING fts5vocab(user_word, row)
--;
CREATE TRIGGER user_word_put AFTER INSERT ON "user" BEGIN INSERT INTO user_word (rowid, text) VALUES (NEW.id, NEW.email_key || char(31) || NEW.name_key || char(31, 31)); END
--;
CREATE TRIGGER user_word_take AFTER DELETE ON "user" BEGIN INSERT INTO user_word (user_word, rowid, text) VALUES ('delete', OLD.id, OLD.email_key || char(31) || OLD.name_key || char(31, 31)); END
--;
CREATE TRIGGER user_word_change AFTER UPDATE OF id, email_key, name_key ON "user" BEGIN INSERT INTO user_word (user_word, rowid, text) VALUES ('delete', OLD.id, OLD.email_key || char(31) || OLD.name_key || char(31, 31)); INSERT INTO user_word (rowid, text) VALUES (NEW.id, NEW.email_key || char(31) || NEW.name_key || char(31, 31)); END

CREATE TABLE announcements (
	record_id VARCHAR(36) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	to_all BOOLEAN NOT NULL,
	at FLOAT NOT NULL,
	PRIMARY KEY (record_id)
);

CREATE INDEX ix_announcements_at ON announcements (at);

CREATE TABLE audit_archives (
	log INTEGER NOT NULL,
	part BIGINT NOT NULL,
	at FLOAT NOT NULL,
	digest VARCHAR(64) NOT NULL,
	moved BOOLEAN NOT NULL,
	PRIMARY KEY (log, part)
);

CREATE TABLE audit_blocks (
	log INTEGER NOT NULL,
	level SMALLINT NOT NULL,
	number BIGINT NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (log, level, number)
);

CREATE TABLE audit_checkpoints (
	log INTEGER NOT NULL,
	size BIGINT NOT NULL,
	at FLOAT NOT NULL,
	note TEXT NOT NULL,
	lengths BLOB NOT NULL,
	PRIMARY KEY (log, size)
);

CREATE TABLE audit_cosignatures (
	log INTEGER NOT NULL,
	size BIGINT NOT NULL,
	witness VARCHAR(64) NOT NULL,
	line TEXT NOT NULL,
	PRIMARY KEY (log, size, witness)
);

CREATE TABLE audit_leaves (
	number INTEGER NOT NULL,
	at FLOAT NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	officer VARCHAR(255) NOT NULL,
	purpose VARCHAR(32) NOT NULL,
	operation VARCHAR(64) NOT NULL,
	request VARCHAR(36) NOT NULL,
	salt BLOB NOT NULL,
	leaf BLOB NOT NULL,
	PRIMARY KEY (number)
);

CREATE INDEX audit_leaves_bureau ON audit_leaves (bureau, number);

CREATE INDEX ix_audit_leaves_at ON audit_leaves (at);

CREATE INDEX ix_audit_leaves_request ON audit_leaves (request);

CREATE TABLE audit_logs (
	log INTEGER NOT NULL,
	first BIGINT NOT NULL,
	size BIGINT NOT NULL,
	frontier BLOB NOT NULL,
	secret BLOB NOT NULL,
	lengths BLOB NOT NULL,
	PRIMARY KEY (log)
);

CREATE TABLE copied_records (
	record_id VARCHAR(36) NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	version INTEGER NOT NULL,
	added INTEGER NOT NULL,
	removed INTEGER,
	kind VARCHAR(40) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	PRIMARY KEY (record_id, bureau, version, added)
)
 WITHOUT ROWID;

CREATE INDEX copied_records_owner ON copied_records (owner, bureau, record_id);

CREATE TABLE decisions (
	record_id VARCHAR(36) NOT NULL,
	reference VARCHAR(40) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	decision VARCHAR(16) NOT NULL,
	version INTEGER NOT NULL,
	at FLOAT NOT NULL,
	digest VARCHAR(43) NOT NULL,
	PRIMARY KEY (record_id, reference)
);

CREATE TABLE disclosures (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	leaf BIGINT NOT NULL,
	at FLOAT NOT NULL,
	request VARCHAR(36) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	version INTEGER NOT NULL,
	owner VARCHAR(20) NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	officer VARCHAR(255) NOT NULL,
	purpose VARCHAR(32) NOT NULL,
	rule VARCHAR(32) NOT NULL,
	how VARCHAR(16) NOT NULL,
	score FLOAT NOT NULL,
	"match" TEXT NOT NULL,
	listed_for VARCHAR(20) NOT NULL,
	nth BIGINT NOT NULL,
	digest VARCHAR(43) NOT NULL,
	salt BLOB
);

CREATE INDEX disclosures_listed ON disclosures (listed_for, leaf, nth);

CREATE INDEX disclosures_record ON disclosures (record_id, bureau);

CREATE INDEX disclosures_changes ON disclosures (number) WHERE how = 'change';

CREATE INDEX ix_disclosures_leaf ON disclosures (leaf);

CREATE TABLE entry_counts (
	owner VARCHAR(20) NOT NULL,
	day INTEGER NOT NULL,
	entered INTEGER NOT NULL,
	taken_back INTEGER NOT NULL,
	ended_well INTEGER NOT NULL,
	PRIMARY KEY (owner, day)
);

CREATE TABLE field_copies (
	bureau VARCHAR(20) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	number INTEGER NOT NULL,
	id VARCHAR(36) NOT NULL,
	at FLOAT NOT NULL,
	officer VARCHAR(255) NOT NULL,
	purpose VARCHAR(32) NOT NULL,
	confidential BOOLEAN NOT NULL,
	upto VARCHAR(36),
	shares BLOB,
	leaf INTEGER,
	PRIMARY KEY (bureau, kind, number),
	UNIQUE (id)
);

CREATE INDEX field_copies_ordered ON field_copies (at, id) WHERE leaf IS NULL;

CREATE TABLE field_packs (
	digest VARCHAR(43) NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	number INTEGER NOT NULL,
	post VARCHAR(40) NOT NULL,
	post_key VARCHAR(43) NOT NULL,
	"after" INTEGER,
	previous VARCHAR(43),
	made FLOAT NOT NULL,
	expires FLOAT NOT NULL,
	applied FLOAT,
	statement TEXT,
	receipt TEXT,
	PRIMARY KEY (digest)
);

CREATE INDEX field_packs_post ON field_packs (bureau, kind, post_key, number);

CREATE INDEX field_packs_copy ON field_packs (bureau, kind, number);

CREATE TABLE fingerprint_records (
	id VARCHAR(36) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	reference VARCHAR(60),
	restricted TEXT NOT NULL,
	admitted TEXT NOT NULL,
	reach SMALLINT NOT NULL,
	expires BIGINT NOT NULL,
	version INTEGER NOT NULL,
	status VARCHAR(16) NOT NULL,
	category VARCHAR(20) NOT NULL,
	person_status VARCHAR(20) NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX fingerprint_records_expires ON fingerprint_records (expires, id);

CREATE INDEX fingerprint_records_owner ON fingerprint_records (owner, id);

CREATE UNIQUE INDEX fingerprint_records_reference ON fingerprint_records (reference, owner);

CREATE INDEX fingerprint_records_unshared ON fingerprint_records (owner, id) WHERE reach > 0;

CREATE INDEX fingerprint_records_admitted ON fingerprint_records (id) WHERE reach < 0 OR admitted <> '';

CREATE TABLE former_versions (
	kind VARCHAR(40) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	version INTEGER NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (kind, record_id, version)
);

CREATE TABLE gallery_turn (
	id SMALLINT NOT NULL,
	last BIGINT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE handled_requests (
	id VARCHAR(36) NOT NULL,
	at BIGINT NOT NULL,
	account TEXT,
	PRIMARY KEY (id)
);

CREATE INDEX ix_handled_requests_at ON handled_requests (at);

CREATE TABLE hit_repeats (
	"key" VARCHAR(400) NOT NULL,
	notified FLOAT NOT NULL,
	repeats TEXT,
	PRIMARY KEY ("key")
);

CREATE INDEX ix_hit_repeats_notified ON hit_repeats (notified);

CREATE TABLE outgoing (
	id VARCHAR(36) NOT NULL,
	notification TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE post_logs (
	bureau VARCHAR(20) NOT NULL,
	post_key VARCHAR(43) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	number BIGINT NOT NULL,
	digest VARCHAR(43) NOT NULL,
	PRIMARY KEY (bureau, post_key, kind)
);

CREATE TABLE progress (
	name VARCHAR(32) NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (name)
);

CREATE TABLE reasons (
	record_id VARCHAR(36) NOT NULL,
	version INTEGER NOT NULL,
	reason TEXT NOT NULL,
	PRIMARY KEY (record_id, version)
);

CREATE TABLE recall_checks (
	record_id VARCHAR(36) NOT NULL,
	version INTEGER NOT NULL,
	kind VARCHAR(40) NOT NULL,
	act VARCHAR(16) NOT NULL,
	at FLOAT NOT NULL,
	PRIMARY KEY (record_id, version)
);

CREATE INDEX ix_recall_checks_at ON recall_checks (at);

CREATE TABLE record_links (
	linked VARCHAR(36) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	PRIMARY KEY (linked, owner, record_id)
)
 WITHOUT ROWID;

CREATE INDEX ix_record_links_record_id ON record_links (record_id);

CREATE TABLE removed_records (
	record_id VARCHAR(36) NOT NULL,
	changed BIGINT NOT NULL,
	PRIMARY KEY (record_id)
);

CREATE INDEX ix_removed_records_changed ON removed_records (changed);

CREATE TABLE reviews (
	kind VARCHAR(40) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	expires BIGINT NOT NULL,
	message VARCHAR(36) NOT NULL,
	PRIMARY KEY (kind, record_id, expires)
);

CREATE TABLE saved_search_keys (
	"key" BIGINT NOT NULL,
	search BIGINT NOT NULL,
	PRIMARY KEY ("key", search)
)
 WITHOUT ROWID;

CREATE TABLE saved_searches (
	digest INTEGER NOT NULL,
	subscription VARCHAR(36),
	kind VARCHAR(40) NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	officer VARCHAR(255) NOT NULL,
	purpose VARCHAR(32) NOT NULL,
	request VARCHAR(36) NOT NULL,
	leaf BIGINT,
	at FLOAT NOT NULL,
	until BIGINT NOT NULL,
	"query" BLOB NOT NULL,
	packed_keys BLOB NOT NULL,
	costly BOOLEAN NOT NULL,
	sighting TEXT,
	PRIMARY KEY (digest)
);

CREATE INDEX saved_searches_costly ON saved_searches (bureau, kind, until) WHERE costly AND subscription IS NULL;

CREATE INDEX saved_searches_subscription ON saved_searches (bureau, kind, subscription) WHERE subscription IS NOT NULL;

CREATE INDEX saved_searches_sighting ON saved_searches (bureau, at) WHERE sighting IS NOT NULL;

CREATE INDEX ix_saved_searches_until ON saved_searches (until);

CREATE TABLE sought_prints (
	id VARCHAR(36) NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	at BIGINT NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	template BLOB NOT NULL,
	png BLOB NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX sought_prints_bureau ON sought_prints (bureau, id);

CREATE INDEX ix_sought_prints_at ON sought_prints (at);

CREATE TABLE tombstones (
	record_id VARCHAR(36) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	version INTEGER NOT NULL,
	created BIGINT NOT NULL,
	deleted BIGINT NOT NULL,
	act VARCHAR(16) NOT NULL,
	reference VARCHAR(40),
	PRIMARY KEY (record_id)
);

CREATE INDEX ix_tombstones_owner ON tombstones (owner);

CREATE TABLE withdrawals (
	message VARCHAR(36) NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	version INTEGER NOT NULL,
	act VARCHAR(16) NOT NULL,
	at FLOAT NOT NULL,
	seen BIGINT NOT NULL,
	PRIMARY KEY (message, bureau)
);

CREATE INDEX ix_withdrawals_record_id ON withdrawals (record_id);

CREATE TABLE prints (
	record_id VARCHAR(36) NOT NULL,
	position SMALLINT NOT NULL,
	changed BIGINT NOT NULL,
	template BLOB NOT NULL,
	media_type VARCHAR(16),
	image BLOB,
	PRIMARY KEY (record_id, position),
	FOREIGN KEY(record_id) REFERENCES fingerprint_records (id)
);

CREATE INDEX ix_prints_changed ON prints (changed);

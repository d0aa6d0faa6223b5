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

CREATE TABLE former_versions (
	kind VARCHAR(40) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	version INTEGER NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (kind, record_id, version)
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

CREATE TABLE photograph_ids (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE photograph_keys (
	"key" BIGINT NOT NULL,
	photograph INTEGER NOT NULL,
	PRIMARY KEY ("key", photograph)
)
 WITHOUT ROWID;

CREATE TABLE photograph_points (
	id INTEGER NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	points BLOB NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX ix_photograph_points_record_id ON photograph_points (record_id);

CREATE TABLE photographs (
	id VARCHAR(8) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	size INTEGER NOT NULL,
	thumbnail BLOB NOT NULL,
	jpeg BLOB NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX photographs_owner ON photographs (owner, size);

CREATE INDEX ix_photographs_record_id ON photographs (record_id);

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

CREATE TABLE sought_pictures (
	id VARCHAR(36) NOT NULL,
	bureau VARCHAR(20) NOT NULL,
	at BIGINT NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	jpeg BLOB NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX sought_pictures_bureau ON sought_pictures (bureau, id);

CREATE INDEX ix_sought_pictures_at ON sought_pictures (at);

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

CREATE TABLE valuables (
	id VARCHAR(36) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	reference VARCHAR(60),
	restricted TEXT NOT NULL,
	admitted TEXT NOT NULL,
	reach SMALLINT NOT NULL,
	expires BIGINT NOT NULL,
	version INTEGER NOT NULL,
	status VARCHAR(16) NOT NULL,
	kind VARCHAR(24) NOT NULL,
	serial_number VARCHAR(48),
	serial_number_end VARCHAR(48),
	serial_number_2 VARCHAR(48),
	serial_number_2_end VARCHAR(48),
	serial_number_3 VARCHAR(48),
	serial_number_3_end VARCHAR(48),
	imei VARCHAR(48),
	imei_end VARCHAR(48),
	imei_2 VARCHAR(48),
	imei_2_end VARCHAR(48),
	content TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX valuables_expires ON valuables (expires, id);

CREATE INDEX valuables_owner ON valuables (owner, id);

CREATE UNIQUE INDEX valuables_reference ON valuables (reference, owner);

CREATE INDEX valuables_unshared ON valuables (owner, id) WHERE reach > 0;

CREATE INDEX ix_valuables_imei ON valuables (imei);

CREATE INDEX ix_valuables_imei_2 ON valuables (imei_2);

CREATE INDEX ix_valuables_imei_2_end ON valuables (imei_2_end);

CREATE INDEX ix_valuables_imei_end ON valuables (imei_end);

CREATE INDEX ix_valuables_serial_number ON valuables (serial_number);

CREATE INDEX ix_valuables_serial_number_2 ON valuables (serial_number_2);

CREATE INDEX ix_valuables_serial_number_2_end ON valuables (serial_number_2_end);

CREATE INDEX ix_valuables_serial_number_3 ON valuables (serial_number_3);

CREATE INDEX ix_valuables_serial_number_3_end ON valuables (serial_number_3_end);

CREATE INDEX ix_valuables_serial_number_end ON valuables (serial_number_end);

CREATE INDEX valuables_admitted ON valuables (id) WHERE reach < 0 OR admitted <> '';

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

CREATE TABLE work_maker_name_terms (
	term VARCHAR(40) NOT NULL,
	token VARCHAR(40) NOT NULL,
	PRIMARY KEY (term, token)
)
 WITHOUT ROWID;

CREATE INDEX ix_work_maker_name_terms_token ON work_maker_name_terms (token);

CREATE TABLE work_title_name_terms (
	term VARCHAR(40) NOT NULL,
	token VARCHAR(40) NOT NULL,
	PRIMARY KEY (term, token)
)
 WITHOUT ROWID;

CREATE INDEX ix_work_title_name_terms_token ON work_title_name_terms (token);

CREATE TABLE works (
	id VARCHAR(36) NOT NULL,
	owner VARCHAR(20) NOT NULL,
	reference VARCHAR(60),
	restricted TEXT NOT NULL,
	admitted TEXT NOT NULL,
	reach SMALLINT NOT NULL,
	expires BIGINT NOT NULL,
	version INTEGER NOT NULL,
	status VARCHAR(16) NOT NULL,
	is_sought BOOLEAN NOT NULL,
	type VARCHAR(40) NOT NULL,
	subtype VARCHAR(80) NOT NULL,
	materials TEXT NOT NULL,
	made_first INTEGER,
	made_last INTEGER,
	height_mm FLOAT,
	width_mm FLOAT,
	depth_mm FLOAT,
	length_mm FLOAT,
	diameter_mm FLOAT,
	weight_g FLOAT,
	content TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE INDEX works_expires ON works (expires, id);

CREATE INDEX works_owner ON works (owner, id);

CREATE UNIQUE INDEX works_reference ON works (reference, owner);

CREATE INDEX works_unshared ON works (owner, id) WHERE reach > 0;

CREATE INDEX works_admitted ON works (id) WHERE reach < 0 OR admitted <> '';

CREATE TABLE valuable_words (
	word VARCHAR(40) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	PRIMARY KEY (word, record_id),
	FOREIGN KEY(record_id) REFERENCES valuables (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_valuable_words_record_id ON valuable_words (record_id);

CREATE TABLE work_maker_names (
	id INTEGER NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	place SMALLINT NOT NULL,
	words TEXT NOT NULL,
	bits BIGINT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(record_id) REFERENCES works (id) ON DELETE CASCADE
);

CREATE INDEX ix_work_maker_names_record_id ON work_maker_names (record_id);

CREATE TABLE work_title_names (
	id INTEGER NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	place SMALLINT NOT NULL,
	words TEXT NOT NULL,
	bits BIGINT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(record_id) REFERENCES works (id) ON DELETE CASCADE
);

CREATE INDEX ix_work_title_names_record_id ON work_title_names (record_id);

CREATE TABLE work_words (
	word VARCHAR(40) NOT NULL,
	record_id VARCHAR(36) NOT NULL,
	PRIMARY KEY (word, record_id),
	FOREIGN KEY(record_id) REFERENCES works (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_work_words_record_id ON work_words (record_id);

CREATE TABLE work_maker_name_pairs (
	pair BIGINT NOT NULL,
	name INTEGER NOT NULL,
	bits BIGINT NOT NULL,
	PRIMARY KEY (pair, name),
	FOREIGN KEY(name) REFERENCES work_maker_names (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_work_maker_name_pairs_name ON work_maker_name_pairs (name);

CREATE TABLE work_maker_name_words (
	token VARCHAR(40) NOT NULL,
	name INTEGER NOT NULL,
	bits BIGINT NOT NULL,
	PRIMARY KEY (token, name),
	FOREIGN KEY(name) REFERENCES work_maker_names (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_work_maker_name_words_name ON work_maker_name_words (name);

CREATE TABLE work_title_name_pairs (
	pair BIGINT NOT NULL,
	name INTEGER NOT NULL,
	bits BIGINT NOT NULL,
	PRIMARY KEY (pair, name),
	FOREIGN KEY(name) REFERENCES work_title_names (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_work_title_name_pairs_name ON work_title_name_pairs (name);

CREATE TABLE work_title_name_words (
	token VARCHAR(40) NOT NULL,
	name INTEGER NOT NULL,
	bits BIGINT NOT NULL,
	PRIMARY KEY (token, name),
	FOREIGN KEY(name) REFERENCES work_title_names (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_work_title_name_words_name ON work_title_name_words (name);

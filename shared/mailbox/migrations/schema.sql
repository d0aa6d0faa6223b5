CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010_proven_lists');
CREATE TABLE attachment_chunks (
	sender VARCHAR(4) NOT NULL, 
	message_id VARCHAR(36) NOT NULL, 
	attachment SMALLINT NOT NULL, 
	number INTEGER NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (sender, message_id, attachment, number)
);
CREATE TABLE deliveries (
	message INTEGER NOT NULL, 
	recipient VARCHAR(4) NOT NULL, 
	urgent SMALLINT NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	at BIGINT NOT NULL, 
	reason VARCHAR(64), 
	attempts INTEGER NOT NULL, 
	due BIGINT, expires BIGINT DEFAULT '0' NOT NULL, size INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (message, recipient), 
	FOREIGN KEY(message) REFERENCES messages (number)
);
CREATE TABLE early_requests (
	hit VARCHAR(36) NOT NULL, 
	sender VARCHAR(4) NOT NULL, 
	message VARCHAR(36) NOT NULL, 
	officer VARCHAR(255) NOT NULL, 
	signed BIGINT NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	form TEXT NOT NULL, 
	PRIMARY KEY (hit, sender, message)
);
CREATE TABLE events (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	message INTEGER NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	bureau VARCHAR(4) NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	reason VARCHAR(64), 
	at BIGINT NOT NULL, told BIGINT DEFAULT '0' NOT NULL, 
	FOREIGN KEY(message) REFERENCES messages (number)
);
CREATE TABLE groups (
	name VARCHAR(63) NOT NULL, 
	content TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE hit_steps (
	number INTEGER NOT NULL, 
	hit INTEGER NOT NULL, 
	message VARCHAR(36) NOT NULL, 
	officer VARCHAR(255) NOT NULL, 
	signed BIGINT NOT NULL, 
	late BOOLEAN NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	form TEXT NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(hit) REFERENCES hits (number) ON DELETE CASCADE
);
CREATE TABLE hits (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR(36) NOT NULL, 
	side VARCHAR(11) NOT NULL, 
	service VARCHAR(40) NOT NULL, 
	record VARCHAR(36) NOT NULL, 
	owner VARCHAR(4) NOT NULL, 
	finder VARCHAR(4) NOT NULL, 
	thread VARCHAR(36) NOT NULL, 
	stored BIGINT NOT NULL, 
	note TEXT NOT NULL, 
	state VARCHAR(13) NOT NULL, 
	requests SMALLINT NOT NULL, 
	promised BOOLEAN NOT NULL, 
	late BOOLEAN NOT NULL, 
	due BIGINT, 
	corrected BIGINT, 
	untold BIGINT, 
	UNIQUE (id, side)
);
CREATE TABLE messages (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	box VARCHAR(6) NOT NULL, 
	sender VARCHAR(4) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	thread VARCHAR(36) NOT NULL, 
	urgency VARCHAR(7) NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	stored BIGINT NOT NULL, 
	expires BIGINT NOT NULL, 
	digest VARCHAR(43) NOT NULL, 
	signature TEXT NOT NULL, 
	sealed BLOB NOT NULL, 
	summary TEXT NOT NULL, 
	content BLOB NOT NULL, 
	salt BLOB NOT NULL, 
	content_key BLOB NOT NULL, 
	blinds TEXT NOT NULL, 
	attachments INTEGER NOT NULL, 
	request_key VARCHAR(255), 
	request_digest VARCHAR(43), kept_until BIGINT, size INTEGER DEFAULT '0' NOT NULL, 
	UNIQUE (id, sender, box), 
	UNIQUE (request_key)
);
CREATE TABLE proven_lists (
	service VARCHAR(64) NOT NULL, 
	note TEXT NOT NULL, 
	length BIGINT NOT NULL, 
	PRIMARY KEY (service)
);
CREATE TABLE receipts (
	message INTEGER NOT NULL, 
	bureau VARCHAR(4) NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	signature TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	due BIGINT, 
	PRIMARY KEY (message, bureau, state), 
	FOREIGN KEY(message) REFERENCES messages (number)
);
CREATE TABLE subject_records (
	request INTEGER NOT NULL, 
	number SMALLINT NOT NULL, 
	service VARCHAR(40) NOT NULL, 
	path VARCHAR(40) NOT NULL, 
	record VARCHAR(36) NOT NULL, 
	owner VARCHAR(4) NOT NULL, 
	act VARCHAR(8), 
	officer VARCHAR(255), 
	corrections TEXT, 
	state VARCHAR(11) NOT NULL, 
	attempts INTEGER NOT NULL, 
	due BIGINT, 
	problem TEXT, 
	proof TEXT, refused BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (request, number), 
	FOREIGN KEY(request) REFERENCES subject_requests (sequence), 
	UNIQUE (request, service, path, record)
);
CREATE TABLE subject_requests (
	sequence INTEGER NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	year SMALLINT NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	received DATE NOT NULL, 
	entered BIGINT NOT NULL, 
	admitted DATE, 
	due DATE, 
	outcome VARCHAR(14), 
	forget_on DATE, 
	last_record SMALLINT NOT NULL, 
	subject TEXT, 
	statement TEXT, 
	reasons TEXT, 
	PRIMARY KEY (sequence), 
	UNIQUE (id), 
	UNIQUE (year, number)
);
CREATE TABLE subject_steps (
	number INTEGER NOT NULL, 
	request INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	officer VARCHAR(255) NOT NULL, 
	step VARCHAR(20) NOT NULL, 
	record SMALLINT, 
	note TEXT, 
	PRIMARY KEY (number), 
	FOREIGN KEY(request) REFERENCES subject_requests (sequence)
);
CREATE TABLE usage (
	sender VARCHAR(64) NOT NULL, 
	messages BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	PRIMARY KEY (sender)
);
CREATE TABLE webhook_deliveries (
	webhook VARCHAR(36) NOT NULL, 
	event INTEGER NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	at BIGINT NOT NULL, 
	outcome VARCHAR(64), 
	attempts INTEGER NOT NULL, 
	due BIGINT, 
	PRIMARY KEY (webhook, event), 
	FOREIGN KEY(event) REFERENCES events (number), 
	FOREIGN KEY(webhook) REFERENCES webhooks (id) ON DELETE CASCADE
);
CREATE TABLE webhooks (
	id VARCHAR(36) NOT NULL, 
	content TEXT NOT NULL, 
	secret VARCHAR(64) NOT NULL, 
	after_event INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE withdrawn_records (
	service VARCHAR(40) NOT NULL, 
	record VARCHAR(36) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (service, record)
);
CREATE TABLE witness_alarms (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	service VARCHAR(64) NOT NULL, 
	fault VARCHAR(16) NOT NULL, 
	seen_size BIGINT NOT NULL, 
	seen_note TEXT NOT NULL, 
	shown_note TEXT NOT NULL, 
	says TEXT NOT NULL, 
	first BIGINT NOT NULL, 
	last BIGINT NOT NULL, 
	times BIGINT NOT NULL, answer TEXT DEFAULT '' NOT NULL, 
	UNIQUE (service, fault, seen_size)
);
CREATE TABLE witnessed (
	service VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	note TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (service)
);
CREATE INDEX messages_state ON messages (box, state, number);
CREATE INDEX ix_messages_digest ON messages (digest);
CREATE INDEX ix_messages_thread ON messages (thread);
CREATE INDEX ix_receipts_id ON receipts (id);
CREATE INDEX receipts_due ON receipts (due) WHERE due IS NOT NULL;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due) WHERE due IS NOT NULL;
CREATE INDEX hits_due ON hits (due) WHERE due IS NOT NULL;
CREATE INDEX hits_untold ON hits (untold) WHERE untold IS NOT NULL;
CREATE INDEX hits_record ON hits (service, record);
CREATE INDEX ix_hit_steps_hit ON hit_steps (hit);
CREATE INDEX subject_requests_forget ON subject_requests (forget_on) WHERE forget_on IS NOT NULL;
CREATE INDEX subject_records_due ON subject_records (due) WHERE due IS NOT NULL;
CREATE INDEX ix_subject_steps_request ON subject_steps (request);
CREATE INDEX messages_kept_until ON messages (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX ix_events_message ON events (message);
CREATE INDEX deliveries_turn ON deliveries (urgent, state, due) WHERE due IS NOT NULL;
CREATE INDEX deliveries_expires ON deliveries (expires) WHERE due IS NOT NULL;
CREATE INDEX ix_webhook_deliveries_event ON webhook_deliveries (event);
CREATE INDEX hits_stored ON hits (stored);
CREATE INDEX ix_early_requests_signed ON early_requests (signed);
CREATE INDEX ix_withdrawn_records_at ON withdrawn_records (at);
CREATE INDEX deliveries_outstanding ON deliveries (state, recipient, size) WHERE state = 'sent';
CREATE INDEX deliveries_post_full ON deliveries (recipient, message) WHERE reason = 'post-full';
DELETE FROM "sqlite_sequence";

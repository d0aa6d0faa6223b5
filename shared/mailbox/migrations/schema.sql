CREATE TABLE attachment_chunks (
	sender VARCHAR(64) NOT NULL,
	message_id VARCHAR(36) NOT NULL,
	attachment SMALLINT NOT NULL,
	number INTEGER NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (sender, message_id, attachment, number)
);

CREATE TABLE bound_records (
	record VARCHAR(36) NOT NULL,
	sender VARCHAR(64) NOT NULL,
	quote TEXT NOT NULL,
	PRIMARY KEY (record, sender)
);

CREATE TABLE groups (
	name VARCHAR(63) NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (name)
);

CREATE TABLE messages (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	box VARCHAR(6) NOT NULL,
	sender VARCHAR(64) NOT NULL,
	id VARCHAR(36) NOT NULL,
	thread VARCHAR(36) NOT NULL,
	urgency VARCHAR(7) NOT NULL,
	form VARCHAR(64),
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
	size INTEGER NOT NULL,
	request_key VARCHAR(255),
	request_digest VARCHAR(43),
	kept_until BIGINT,
	UNIQUE (id, sender, box),
	UNIQUE (request_key)
);

CREATE INDEX messages_form ON messages (form, box, number) WHERE form IS NOT NULL;

CREATE INDEX messages_state ON messages (box, state, number);

CREATE INDEX ix_messages_digest ON messages (digest);

CREATE INDEX ix_messages_thread ON messages (thread);

CREATE INDEX messages_kept_until ON messages (kept_until) WHERE kept_until IS NOT NULL;

CREATE TABLE releases (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	owner VARCHAR(64) NOT NULL,
	service VARCHAR(40) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	record VARCHAR(36) NOT NULL,
	bureau VARCHAR(64) NOT NULL,
	until BIGINT,
	signed BIGINT NOT NULL,
	message VARCHAR(36) NOT NULL,
	UNIQUE (record, service, owner, bureau)
);

CREATE TABLE usage (
	sender VARCHAR(64) NOT NULL,
	messages BIGINT NOT NULL,
	bytes BIGINT NOT NULL,
	PRIMARY KEY (sender)
);

CREATE TABLE webhooks (
	id VARCHAR(36) NOT NULL,
	content TEXT NOT NULL,
	secret VARCHAR(64) NOT NULL,
	after_event INTEGER NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE deliveries (
	message INTEGER NOT NULL,
	recipient VARCHAR(64) NOT NULL,
	urgent SMALLINT NOT NULL,
	state VARCHAR(9) NOT NULL,
	at BIGINT NOT NULL,
	reason VARCHAR(64),
	attempts INTEGER NOT NULL,
	due BIGINT,
	expires BIGINT NOT NULL,
	size INTEGER NOT NULL,
	PRIMARY KEY (message, recipient),
	FOREIGN KEY(message) REFERENCES messages (number)
);

CREATE INDEX deliveries_outstanding ON deliveries (state, recipient, size) WHERE state = 'sent';

CREATE INDEX deliveries_turn ON deliveries (urgent, state, due) WHERE due IS NOT NULL;

CREATE INDEX deliveries_post_full ON deliveries (recipient, message) WHERE reason = 'post-full';

CREATE INDEX deliveries_expires ON deliveries (expires) WHERE due IS NOT NULL;

CREATE TABLE events (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	message INTEGER NOT NULL,
	kind VARCHAR(8) NOT NULL,
	bureau VARCHAR(64) NOT NULL,
	state VARCHAR(9) NOT NULL,
	reason VARCHAR(64),
	at BIGINT NOT NULL,
	added BIGINT NOT NULL,
	FOREIGN KEY(message) REFERENCES messages (number)
);

CREATE INDEX ix_events_message ON events (message);

CREATE TABLE receipts (
	message INTEGER NOT NULL,
	bureau VARCHAR(64) NOT NULL,
	state VARCHAR(9) NOT NULL,
	id VARCHAR(36) NOT NULL,
	signature TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	due BIGINT,
	PRIMARY KEY (message, bureau, state),
	FOREIGN KEY(message) REFERENCES messages (number)
);

CREATE INDEX ix_receipts_id ON receipts (id);

CREATE INDEX receipts_due ON receipts (due) WHERE due IS NOT NULL;

CREATE TABLE webhook_deliveries (
	webhook VARCHAR(36) NOT NULL,
	event INTEGER NOT NULL,
	state VARCHAR(9) NOT NULL,
	at BIGINT NOT NULL,
	outcome VARCHAR(64),
	attempts INTEGER NOT NULL,
	due BIGINT,
	PRIMARY KEY (webhook, event),
	FOREIGN KEY(webhook) REFERENCES webhooks (id) ON DELETE CASCADE,
	FOREIGN KEY(event) REFERENCES events (number)
);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due) WHERE due IS NOT NULL;

CREATE INDEX ix_webhook_deliveries_event ON webhook_deliveries (event);

CREATE TABLE proven_lists (
	service VARCHAR(64) NOT NULL,
	log INTEGER NOT NULL,
	note TEXT NOT NULL,
	length BIGINT NOT NULL,
	PRIMARY KEY (service, log)
);

CREATE TABLE witness_alarms (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	service VARCHAR(64) NOT NULL,
	fault VARCHAR(16) NOT NULL,
	seen_log INTEGER NOT NULL,
	seen_size BIGINT NOT NULL,
	seen TEXT NOT NULL,
	shown TEXT NOT NULL,
	says TEXT NOT NULL,
	answer TEXT NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	times BIGINT NOT NULL,
	UNIQUE (service, fault, seen_log, seen_size)
);

CREATE TABLE witnessed (
	service VARCHAR(64) NOT NULL,
	log INTEGER NOT NULL,
	size BIGINT NOT NULL,
	note TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (service, log)
);

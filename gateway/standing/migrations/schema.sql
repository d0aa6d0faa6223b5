CREATE TABLE standings_told (
	bureau VARCHAR(64) NOT NULL,
	standing TEXT NOT NULL,
	PRIMARY KEY (bureau)
);

-- Finding a challenge that is used twice, and what a person has under way with a client.
CREATE INDEX grant_request_challenge ON grant_request (client, challenge);
CREATE INDEX grant_request_of_user ON grant_request (user) WHERE user IS NOT NULL;

"""The session played back: what the log and the recording of people come to at any instant."""

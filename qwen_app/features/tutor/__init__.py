"""The mathematics tutor: solutions whose every line is checked."""

"""The app's jobs as pure tasks: prepare a request, verify the answer."""

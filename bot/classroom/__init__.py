"""What a class needs: entered by gates, by what prompting adds and by commands alone."""

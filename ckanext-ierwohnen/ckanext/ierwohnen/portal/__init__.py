"""Portal: home, navigation and look; what all pages share."""

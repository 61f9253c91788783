"""Portal veins told from hepatic veins on the skeleton of both."""

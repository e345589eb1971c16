"""Files for other environments, made from the tables of controls and addresses: SuperCollider, Tidal, Pure Data."""

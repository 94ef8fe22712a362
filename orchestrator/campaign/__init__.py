"""Campaign files: YAML into an immutable, validated CampaignSpec."""

"""What a client downloads: meshes, textures and their manifest, how they are packed, kept and sent."""

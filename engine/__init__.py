"""Pure compute of Cantlie: imaging, segmentation, meshing, resection. No sockets, no asyncio, no glTF."""

"""Who finds components: ours, the second engine, and rivals, each in its best form and in a process of its own."""

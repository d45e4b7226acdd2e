def save(graph, path): raise NotImplementedError

"""The page: the only package that imports gradio. A thin layer; everything it shows is computed by its neighbours."""

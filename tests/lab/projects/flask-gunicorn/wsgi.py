from weather import create_app

app = create_app()

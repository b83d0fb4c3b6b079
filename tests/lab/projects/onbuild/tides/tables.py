import json

print(json.dumps({"monday": ["03:10", "15:40"], "tuesday": ["04:00", "16:25"]}))

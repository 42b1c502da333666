tostring = func(v) { return "replaced" }
return {text: func(v) { return tostring(v) }}

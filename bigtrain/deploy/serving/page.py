"""How to ask a server: for programs as OpenAPI, for people as a page that asks."""

from __future__ import annotations

import html
import json
from importlib.metadata import version
from typing import Any

from bigtrain.deploy.loading import LoadedModel
from bigtrain.deploy.serving.forms import FORMS

_KINDS = {"double": {"type": ["number", "null"]}, "string": {"type": ["string", "null"]}}


def openapi(model: LoadedModel) -> dict[str, Any]:
    """Return the description of all that a server of this model answers."""
    row = {"type": "object", "properties": {name: _KINDS[kind] for name, kind in model.columns.items()}}
    columns = {name: {"type": "array", "items": _KINDS[kind]} for name, kind in model.columns.items()}
    table = {"type": "object", "properties": {"columns": {"type": "array"}, "data": {"type": "array"}}}
    shapes: dict[str, Any] = {
        "dataframe_split": table,
        "dataframe_records": {"type": "array", "items": row},
        "instances": {"type": "array", "items": row},
        "inputs": {"type": "object", "properties": columns},
    }
    bodies = [{"type": "object", "required": [form], "properties": {form: shapes[form]}} for form in FORMS]
    content: dict[str, Any] = {
        "application/json": {"schema": {"oneOf": bodies}, "example": example(model)},
        "text/csv": {"schema": {"type": "string"}},
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
    }
    predictions = {"predictions": {"type": "array", "items": {"type": "number"}}}
    errors = {"400": "Not rows of this model", "413": "Too many bytes", "415": "Not JSON, CSV or Parquet"}
    invocations = {
        "summary": "Predict rows",
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {
                "description": "One number for each row",
                "content": {"application/json": {"schema": {"type": "object", "properties": predictions}}},
            },
            **{code: {"description": words} for code, words in errors.items()},
        },
    }
    others = {
        "/ping": "Whether it is there",
        "/health": "The same",
        "/version": "MLflow's version",
        "/metrics": "Counters, for Prometheus",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{model.name}, version {model.version}", "version": version("bigtrain")},
        "paths": {
            "/invocations": {"post": invocations},
            **{
                path: {"get": {"summary": words, "responses": {"200": {"description": words}}}}
                for path, words in others.items()
            },
        },
    }


def example(model: LoadedModel) -> dict[str, Any]:
    """Return a request of one row that the model was trained on."""
    row = model.input_example.iloc[0]
    return {
        "dataframe_records": [{name: None if row[name] != row[name] else row[name] for name in model.columns}]
    }


def page(model: LoadedModel) -> str:
    """Return a page that shows the columns and sends a request; it loads nothing from elsewhere."""
    rows = "".join(f"<tr><td>{html.escape(name)}<td>{kind}" for name, kind in model.columns.items())
    request = html.escape(json.dumps(example(model), indent=2, ensure_ascii=False))
    return _PAGE.format(
        title=html.escape(f"{model.name}, version {model.version}"), rows=rows, request=request
    )


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{font: 16px/1.5 system-ui; margin: 2em auto; max-width: 50em; padding: 0 1em}}
td, th {{padding-right: 2em; text-align: left}} textarea {{width: 100%; font: 14px monospace}}</style>
<h1>{title}</h1>
<p><code>POST /invocations</code> takes rows as JSON (<code>dataframe_records</code>,
<code>dataframe_split</code>, <code>instances</code>, <code>inputs</code>), CSV or Parquet: the protocol of
MLflow's own server, described for programs in <a href="openapi.json">openapi.json</a>.
<a href="metrics">metrics</a> has the counters.</p>
<form><textarea rows="16" spellcheck="false" aria-label="request">{request}</textarea>
<p><button>Predict</button> <output></output></p></form>
<table><tr><th>column<th>kind{rows}</table>
<script>
const form = document.querySelector("form");
form.onsubmit = async (event) => {{
  event.preventDefault();
  const answer = await fetch("invocations", {{
    method: "POST",
    headers: {{"Content-Type": "application/json"}},
    body: form.querySelector("textarea").value,
  }});
  form.querySelector("output").textContent = await answer.text();
}};
</script></html>
"""

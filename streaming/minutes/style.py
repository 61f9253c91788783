"""How the minutes look, on a screen and on A4."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{--ink:#101a22;--soft:#4a5c69;--line:#d5dee5;--accent:#0b6c9c;--good:#167a4c;--caution:#8a5a00;--danger:#b3261e}
*{box-sizing:border-box}
body{margin:0;background:#e9eef2;color:var(--ink);
font:15px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-feature-settings:"tnum"}
main{max-width:880px;margin:28px auto;padding:44px 52px;background:#fff;border-radius:14px;
box-shadow:0 10px 40px rgb(16 26 34/12%)}
header{display:flex;gap:18px;align-items:center}
.mark{width:54px;height:54px;flex:none}
.mark .liver{fill:#cfe6f1;stroke:var(--accent);stroke-width:1.4}
.mark .line{fill:none;stroke:#e0703a;stroke-width:2;stroke-linecap:round}
.eyebrow{margin:0;color:var(--accent);font-weight:650;letter-spacing:.04em}
h1{margin:0;font-size:27px;line-height:1.2;letter-spacing:-.01em}
h2{margin:0 0 10px;font-size:19px;display:flex;gap:12px;align-items:center}
section{margin-top:34px}
.soft,.fine{color:var(--soft)}
header .soft{margin:4px 0 0}
.fine{font-size:12.5px}
.notice{margin:22px 0 0;padding:9px 14px;border:1px solid #e5c98a;border-radius:9px;background:#fdf6e6;
color:var(--caution);font-weight:600}
.warning{padding:9px 14px;border:1px solid #ebb9b4;border-radius:9px;background:#fdf0ee;color:var(--danger);
font-weight:600}
table{width:100%;border-collapse:collapse;font-size:13.5px}
th{text-align:left;font-weight:600;color:var(--soft)}
td,thead th{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
.numbers td:not(:first-child),.numbers thead th:not(:first-child){text-align:right;white-space:nowrap}
.numbers td:first-child{width:44%}
.numbers .limits{text-align:left !important;white-space:normal !important;color:var(--soft);font-size:12.5px;width:26%}
.numbers tbody th{padding:14px 0 3px;color:var(--accent)}
.numbers small{color:var(--soft)}
.decisions{list-style:none;margin:0;padding:0}
.decisions li{display:flex;gap:16px;padding:7px 0;border-bottom:1px solid var(--line)}
.decisions time{flex:none;color:var(--soft)}
.decisions em{font-style:normal;color:var(--accent);font-weight:600}
.badge{padding:2px 11px;border-radius:99px;font-size:13px;font-weight:650;background:#e8edf1;color:var(--soft)}
.badge.proposed{background:#dcecf6;color:var(--accent)}
.badge.confirmed{background:#dcf1e6;color:var(--good)}
.badge.stale{background:#fbe3e0;color:var(--danger)}
.facts{margin:0 0 14px;padding-left:19px}
figure{margin:0 0 14px}
figure img{display:block;width:100%;max-height:600px;object-fit:contain;background:#10161c;
border-radius:10px;border:1px solid var(--line)}
figcaption{margin-top:5px;font-size:12.5px;color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:10px;margin:0 0 14px}
.card{padding:11px 14px;border:1px solid var(--line);border-radius:10px}
.card span{display:block;color:var(--soft);font-size:12.5px}
.card strong{display:block;font-size:22px;line-height:1.25}
.card small{color:var(--soft)}
footer{margin-top:38px;padding-top:14px;border-top:2px solid var(--line);font-size:12.5px;color:var(--soft)}
footer p{margin:5px 0}
@media print{@page{size:A4;margin:16mm 14mm}
body{background:#fff;font-size:11pt}
main{margin:0;padding:0;max-width:none;box-shadow:none;border-radius:0}
section{break-inside:auto}
figure,.cards,tr,.decisions li{break-inside:avoid}
h2{break-after:avoid}
.plan{break-before:page}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""

"""Look: how a figure is written and shown: signs, number formats, template parts, stylesheet."""

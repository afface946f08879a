"""What the lossless link costs, beside a link that keeps and acknowledges nothing."""

"""What synthetic firearms are drawn from: makes with models, calibres and forms of serial numbers."""

doctor-stopped = 在检查完一切之前被停止

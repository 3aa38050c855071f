doctor-stopped = stopped before everything was looked at
